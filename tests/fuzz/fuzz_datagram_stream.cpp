// Datagrams of forgers between those of the other side, at the entry of a punched path: what both
// sides give arrives all the same, nothing else does, and what is held is bounded.
#include "core/base/check.h"
#include "profiles/friendnet/datagram_stream.h"
#include "tests/support/seeded_random.h"

#include <array>
#include <deque>

namespace {

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;

class Ends
{
public:
    Ends()
    {
        const Secret secret(std::string_view("0123456789abcdef0123456789abcdef"));
        m_ends[0] = *DatagramStream::make(StreamSide::Asks, secret, m_random, m_now);
        m_ends[1] = *DatagramStream::make(StreamSide::Answers, secret, m_random, m_now);
    }

    void forge(ByteView datagram, std::size_t to)
    {
        // Before who answers has heard the other side, a first datagram is anybody's.
        if (to == 1 && !m_heard) return;
        const Result<void> taken = m_ends[to]->receive(datagram, m_now);
        TARN_ASSERT(taken || !m_ends[to]->up());
    }
    /// A datagram that was sent before, with one byte changed.
    void replay(std::size_t which, std::size_t at, std::uint8_t change, std::size_t to)
    {
        if (m_seen.empty()) return;
        Bytes copy = m_seen[which % m_seen.size()];
        copy[at % copy.size()] ^= static_cast<std::byte>(change);
        forge(copy, to);
    }
    void step()
    {
        m_now += 5ms;
        for (std::size_t from = 0; from < 2; ++from) {
            DatagramStream& end = *m_ends[from];
            if (end.expires() <= m_now && !end.expire(m_now)) return;
            std::array<std::byte, kLargestDatagram> room{};
            for (unsigned i = 0; i < 16; ++i) {
                const Result<std::size_t> size = end.send(room, m_now);
                if (!size || *size == 0) break;
                const ByteView datagram = ByteView(room).first(*size);
                if (m_seen.size() < 64) m_seen.push_back(toBytes(datagram));
                const Result<void> taken = m_ends[1 - from]->receive(datagram, m_now);
                m_heard = m_heard || from == 0;
                static_cast<void>(taken);
            }
            end.sent(m_now);
            TARN_ASSERT(m_ends[1 - from]->held().size() <= kStreamBuffer);
        }
    }
    DatagramStream& end(std::size_t which) { return *m_ends[which]; }
    bool up() const { return m_ends[0]->up() && m_ends[1]->up(); }

private:
    test::SeededRandom m_random{5};
    TimePoint m_now{1h};
    std::array<std::unique_ptr<DatagramStream>, 2> m_ends;
    std::deque<Bytes> m_seen;
    bool m_heard = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Ends ends;
    const Bytes text = toBytes("what was said");
    for (unsigned i = 0; i < 100 && !ends.up(); ++i)
        ends.step();
    TARN_ASSERT(ends.up());
    ends.end(0).give(text);
    std::size_t at = 0;
    while (at + 4 < size) {
        const std::uint8_t kind = data[at];
        const std::size_t to = kind & 1U;
        if ((kind & 2U) != 0) {
            ends.replay(data[at + 1], data[at + 2], data[at + 3], to);
            at += 4;
        } else {
            const std::size_t count = std::min<std::size_t>(data[at + 1] * 6U, size - at - 2);
            ends.forge(std::as_bytes(std::span(data + at + 2, count)), to);
            at += 2 + count;
        }
        if ((kind & 4U) != 0) ends.step();
    }
    for (unsigned i = 0; i < 200 && ends.end(1).held().size() < text.size(); ++i)
        ends.step();
    TARN_ASSERT(equal(ends.end(1).held(), text));
    TARN_ASSERT(ends.end(0).held().empty());
    return 0;
}
