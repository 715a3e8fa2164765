// wan_emulator: what a long line does to packets, by late verdicts on an NFQUEUE: they come later,
// at a rate, and some never. Order is kept. One process for each direction.
//
//   wan_emulator QUEUE DELAY_MS LOSS_PERCENT RATE_MBIT BUFFER_MS SEED
//
// RATE_MBIT 0: any. Prints "ready" when the queue is bound.
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <random>
#include <string>

#include <libnetfilter_queue/libnetfilter_queue.h>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr unsigned kHeadBytes = 64; ///< of a packet, as far as it is looked at
constexpr int kEthernetHead = 14;

volatile std::sig_atomic_t stopped = 0;

class Line
{
public:
    Line(Seconds delay, double lossPercent, double rateMbit, Seconds buffer, std::uint64_t seed)
        : m_delay(delay), m_loss(lossPercent / 100), m_rate(rateMbit * 1e6), m_buffer(buffer),
          m_random(seed)
    {
    }

    void take(nfq_q_handle* queue, std::uint32_t id, int size, Clock::time_point now)
    {
        m_queue = queue;
        if (std::uniform_real_distribution<>(0, 1)(m_random) < m_loss) return drop(id);
        Clock::time_point leaves = now;
        if (m_rate > 0) {
            const Clock::time_point begins = std::max(now, m_free);
            if (begins - now > m_buffer) return drop(id);
            const Seconds takes((size + kEthernetHead) * 8 / m_rate);
            m_free = leaves = begins + std::chrono::duration_cast<Clock::duration>(takes);
        }
        m_waiting.push_back({leaves + std::chrono::duration_cast<Clock::duration>(m_delay), id});
    }
    void release(Clock::time_point now)
    {
        while (!m_waiting.empty() && m_waiting.front().due <= now) {
            nfq_set_verdict(m_queue, m_waiting.front().id, NF_ACCEPT, 0, nullptr);
            m_waiting.pop_front();
        }
    }
    timespec untilNext(Clock::time_point now) const
    {
        if (m_waiting.empty()) return {1, 0};
        const auto wait = std::max(m_waiting.front().due - now, Clock::duration(0));
        const auto whole = std::chrono::duration_cast<std::chrono::seconds>(wait);
        return {whole.count(), (wait - whole).count()};
    }
    bool due(Clock::time_point now) const
    {
        return !m_waiting.empty() && m_waiting.front().due <= now;
    }

private:
    struct Packet
    {
        Clock::time_point due;
        std::uint32_t id;
    };
    void drop(std::uint32_t id) { nfq_set_verdict(m_queue, id, NF_DROP, 0, nullptr); }

    Seconds m_delay;
    double m_loss;
    double m_rate;
    Seconds m_buffer;
    std::mt19937_64 m_random;
    nfq_q_handle* m_queue = nullptr;
    Clock::time_point m_free{};
    std::deque<Packet> m_waiting;
};

int onPacket(nfq_q_handle* queue, nfgenmsg* /*message*/, nfq_data* data, void* user)
{
    const nfqnl_msg_packet_hdr* const head = nfq_get_msg_packet_hdr(data);
    if (head == nullptr) return 0;
    unsigned char* bytes = nullptr;
    int size = nfq_get_payload(data, &bytes);
    // Its whole length stands in the head of IPv4; only the beginning is here.
    if (size >= 4) size = (bytes[2] << 8) | bytes[3];
    static_cast<Line*>(user)->take(queue, ntohl(head->packet_id), size, Clock::now());
    return 0;
}

void run(nfq_handle* handle, Line& line)
{
    alignas(8) static std::array<char, 65536> room;
    const int fd = nfq_fd(handle);
    while (stopped == 0) {
        line.release(Clock::now());
        const timespec wait = line.untilNext(Clock::now());
        pollfd ready{fd, POLLIN, 0};
        if (::ppoll(&ready, 1, &wait, nullptr) <= 0) continue;
        ssize_t size = 0;
        while ((size = ::recv(fd, room.data(), room.size(), MSG_DONTWAIT)) > 0) {
            nfq_handle_packet(handle, room.data(), static_cast<int>(size));
            if (line.due(Clock::now())) break;
        }
    }
}

} // namespace

int main(int count, char** values)
{
    if (count != 7) {
        std::fprintf(stderr, "usage: wan_emulator QUEUE DELAY_MS LOSS_PERCENT RATE_MBIT BUFFER_MS "
                             "SEED\n");
        return 2;
    }
    constexpr unsigned kLongestQueue = 65536;
    constexpr unsigned kSocketBytes = 16 << 20;
    Line line(Seconds(std::stod(values[2]) / 1e3), std::stod(values[3]), std::stod(values[4]),
              Seconds(std::stod(values[5]) / 1e3), std::stoull(values[6]));
    nfq_handle* const handle = nfq_open();
    nfq_q_handle* const queue =
        handle == nullptr
            ? nullptr
            : nfq_create_queue(handle, static_cast<std::uint16_t>(std::stoul(values[1])), onPacket,
                               &line);
    if (queue == nullptr) {
        std::perror("NFQUEUE");
        return 1;
    }
    nfq_set_mode(queue, NFQNL_COPY_PACKET, kHeadBytes);
    nfq_set_queue_maxlen(queue, kLongestQueue);
    nfnl_rcvbufsiz(nfq_nfnlh(handle), kSocketBytes);
    std::signal(SIGTERM, [](int) { stopped = 1; });
    std::puts("ready");
    std::fflush(stdout);
    run(handle, line);
    nfq_destroy_queue(queue);
    nfq_close(handle);
    return 0;
}
