// line_emulator: two network interfaces with a slow line between them. What goes into one comes out
// of the other later and no faster than the line takes it; a full queue drops, as routers do.
//
//   line_emulator NAME_A NAME_B MBIT DELAY_MS QUEUE_MS    DELAY_MS is one way
//
// Makes both TUN devices (needs CAP_NET_ADMIN), prints "ready" and runs until it is ended; the
// devices go with it. The caller moves them into their namespaces and gives them addresses.
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <utility>
#include <vector>

namespace {

double now()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// \return the descriptor, without blocking; -1: errno says why.
int makeTun(const char* name)
{
    const int file = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return -1;
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return ioctl(file, TUNSETIFF, &request) == 0 ? file : -1;
}

struct LineShape
{
    double bytesPerSecond;
    double delay; ///< seconds, one way
    double queue; ///< seconds that a packet waits for its turn at most
};

/// One direction. Packets keep their order.
class Direction
{
public:
    Direction(int from, int to, LineShape shape) : m_from(from), m_to(to), m_shape(shape) {}

    /// Takes what has come.
    void receive()
    {
        std::array<char, 65536> buffer;
        for (;;) {
            const ssize_t size = read(m_from, buffer.data(), buffer.size());
            if (size <= 0) return;
            const double time = now();
            const double turn = std::max(time, m_free);
            if (turn - time > m_shape.queue) continue;
            m_free = turn + static_cast<double>(size) / m_shape.bytesPerSecond;
            m_packets.emplace_back(m_free + m_shape.delay,
                                   std::vector<char>(buffer.data(), buffer.data() + size));
        }
    }
    /// Hands over what has arrived by now.
    void send()
    {
        const double time = now();
        while (!m_packets.empty() && m_packets.front().first <= time) {
            const std::vector<char>& packet = m_packets.front().second;
            // A device that takes nothing is down: its packets are lost, as on any line.
            static_cast<void>(write(m_to, packet.data(), packet.size()) < 0);
            m_packets.pop_front();
        }
    }
    /// When the next packet arrives; infinity without one.
    double nextArrival() const { return m_packets.empty() ? INFINITY : m_packets.front().first; }

private:
    int m_from;
    int m_to;
    LineShape m_shape;
    double m_free = 0; ///< when the line has sent all that was given to it
    std::deque<std::pair<double, std::vector<char>>> m_packets; ///< arrival, packet
};

void run(int a, int b, LineShape shape)
{
    Direction there(a, b, shape);
    Direction back(b, a, shape);
    for (;;) {
        const double next = std::min(there.nextArrival(), back.nextArrival());
        const double wait = std::clamp(next - now(), 0.0, 1.0);
        const timespec limit{static_cast<time_t>(wait),
                             static_cast<long>((wait - std::floor(wait)) * 1e9)};
        std::array<pollfd, 2> files{{{a, POLLIN, 0}, {b, POLLIN, 0}}};
        ppoll(files.data(), files.size(), &limit, nullptr);
        there.receive();
        back.receive();
        there.send();
        back.send();
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 6) {
        std::fputs("usage: line_emulator NAME_A NAME_B MBIT DELAY_MS QUEUE_MS\n", stderr);
        return 2;
    }
    const LineShape shape{std::atof(argv[3]) * 1e6 / 8, std::atof(argv[4]) / 1e3,
                          std::atof(argv[5]) / 1e3};
    const int a = makeTun(argv[1]);
    const int b = a < 0 ? -1 : makeTun(argv[2]);
    if (b < 0) {
        std::fprintf(stderr, "line_emulator: %s\n", std::strerror(errno));
        return 1;
    }
    std::puts("ready");
    std::fflush(stdout);
    run(a, b, shape);
}
