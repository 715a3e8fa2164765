// bench_transfer_log: what the log of a transfer costs the GET of a small file: six reads of
// shares, one segment, two computations, noted and thrown away; as a JSON line.
#include "client-gateway/transfer_log.h"

#include <cstdio>
#include <ctime>

using namespace tarn;
using namespace tarn::gateway;

namespace {

constexpr int kRounds = 200'000;
constexpr std::uint32_t kReads = 6;

double cpuSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void note(Clock& clock)
{
    const auto log = std::make_shared<TransferLog>(clock);
    const std::string server = "v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq";
    for (std::uint32_t i = 0; i < kReads; ++i) {
        const std::vector<ShareNumber> shares{ShareNumber{i}};
        RequestNote read(log, RequestKind::Read, server, shares, ByteRange{0, 16384});
        read.answered(4200);
    }
    SegmentWork work;
    work.count = 1;
    SegmentNote segment(log, work);
    segment.decoded(log->now());
    segment.succeeded();
    log->computed("AES", log->now());
}

} // namespace

int main()
{
    SystemClock clock;
    note(clock);
    const double begin = cpuSeconds();
    for (int i = 0; i < kRounds; ++i)
        note(clock);
    std::printf("{\"name\": \"transfer log of a small GET\", \"seconds\": %.3g}\n",
                (cpuSeconds() - begin) / kRounds);
    return 0;
}
