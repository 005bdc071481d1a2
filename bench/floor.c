/* The floor: what the kernel alone costs.
 *
 * An edge-triggered epoll loop that answers the end of each request head (an empty line) with a
 * fixed reply. It neither parses nor routes, knows no bodies, no timeouts and no limits: nothing
 * that serves HTTP over these system calls can cost less, so that everybody can be compared with it.
 *
 * Usage: floor PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 128, BUFFER = 65536, DESCRIPTORS = 65536 };

static const char REPLY[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Length: 13\r\n"
    "Date: Thu, 21 Apr 2016 08:02:28 GMT\r\n"
    "\r\n"
    "Hello, World!";

static char buffer[BUFFER];
/* How much of "\r\n\r\n" each connection has seen last, by descriptor. */
static unsigned char matched[DESCRIPTORS];

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int heads_ended(int fd, const char *data, ssize_t size)
{
    int ended = 0;
    const char *end = data + size;

    /* The usual case: one whole head in one read. */
    if (matched[fd] == 0 && size >= 4 && memcmp(end - 4, "\r\n\r\n", 4) == 0 &&
        memmem(data, size - 1, "\r\n\r\n", 4) == NULL)
        return 1;
    for (; data < end; data++) {
        if (*data == "\r\n\r\n"[matched[fd]])
            matched[fd]++;
        else
            matched[fd] = *data == '\r';
        if (matched[fd] == 4) {
            matched[fd] = 0;
            ended++;
        }
    }
    return ended;
}

static void answer(int fd, int ended)
{
    ssize_t size;

    do {
        size = recv(fd, buffer, sizeof buffer, 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (size <= 0) {
            close(fd);
            return;
        }
        for (int left = heads_ended(fd, buffer, size); left > 0; left--)
            if (send(fd, REPLY, sizeof REPLY - 1, MSG_NOSIGNAL) != sizeof REPLY - 1) {
                close(fd);
                return;
            }
        /* A read that did not fill the buffer has emptied the socket (epoll(7)); only an end that
         * came together with the data has yet to be read, for no other event will tell of it. */
    } while (size == sizeof buffer || ended);
}

static void accept_all(int listener, int poll)
{
    for (;;) {
        int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = fd};

        if (fd < 0)
            return;
        if (fd >= DESCRIPTORS) {
            close(fd);
            continue;
        }
        matched[fd] = 0;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0)
            fail("epoll_ctl");
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct epoll_event events[BATCH], event = {.events = EPOLLIN | EPOLLET};
    struct rlimit files;
    int on = 1, poll = epoll_create1(EPOLL_CLOEXEC);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (argc != 2) {
        fputs("usage: floor PORT\n", stderr);
        return 2;
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0)
        fail("bind");
    if (listen(listener, 1024) < 0)
        fail("listen");
    event.data.fd = listener;
    if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) < 0)
        fail("epoll_ctl");
    for (;;) {
        int count = epoll_wait(poll, events, BATCH, -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener, poll);
            else
                answer(events[i].data.fd, events[i].events & EPOLLRDHUP);
        }
    }
}
