// bench_primitives: the speed of one core at each primitive, as JSON lines; `make bench` sums them
// into the floor of a transfer. CPU seconds count, so other load does not.
//
//   bench_primitives [--seconds S] [NAME...]    S CPU seconds per line (0.5), only these names
#include "core/crypto/aes_ctr.h"
#include "core/crypto/hash_tags.h"
#include "core/crypto/multi_hash.h"
#include "core/crypto/rsa.h"
#include "core/crypto/tagged_hash.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

using namespace tarn;
using crypto::HashBackend;

namespace {

constexpr std::size_t kBlock = 349526; ///< of a 1 MiB segment in 3 pieces
constexpr std::size_t kSegment = std::size_t{1} << 20U;

double cpuSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

class Bench
{
public:
    Bench(double seconds, std::vector<std::string> only)
        : m_seconds(seconds), m_only(std::move(only))
    {
    }

    [[nodiscard]] bool wants(const std::string& name) const
    {
        return m_only.empty() || std::find(m_only.begin(), m_only.end(), name) != m_only.end();
    }

    /// One line: bytes per second where `bytes` is not 0, nanoseconds per call otherwise.
    void run(const std::string& name, std::size_t bytes, const std::function<void()>& call) const
    {
        if (!wants(name)) return;
        call(); // memory and tables come into being
        double used = 0;
        double calls = 0;
        // Reading the thread's clock is a system call: longer and longer rounds hide its cost.
        const double begin = cpuSeconds();
        for (double round = 1; used < m_seconds; round *= used < m_seconds / 8 ? 2 : 1) {
            for (double i = 0; i < round; ++i)
                call();
            calls += round;
            used = cpuSeconds() - begin;
        }
        if (bytes > 0) {
            std::printf("{\"name\": \"%s\", \"bytes_per_s\": %.4g}\n", name.c_str(),
                        static_cast<double>(bytes) * calls / used);
        } else {
            std::printf("{\"name\": \"%s\", \"ns\": %.4g}\n", name.c_str(), 1e9 * used / calls);
        }
        std::fflush(stdout);
    }

private:
    double m_seconds;
    std::vector<std::string> m_only;
};

std::vector<ByteView> viewsOf(const std::vector<Bytes>& buffers)
{
    return {buffers.begin(), buffers.end()};
}

void benchManyBuffers(const Bench& bench, std::size_t count)
{
    const std::string suffix = "_" + std::to_string(count) + "x350kB";
    const std::vector<Bytes> blocks(count, Bytes(kBlock, std::byte{1}));
    const std::vector<ByteView> views = viewsOf(blocks);
    std::vector<Hash256> hashes(count);
    const std::size_t bytes = count * kBlock;
    bench.run("block_hashes" + suffix, bytes,
              [&] { crypto::taggedHashMany(crypto::tags::kBlock, views, hashes); });
    bench.run("block_hashes_in_place" + suffix, bytes, [&] { crypto::sha256dMany(views, hashes); });
    for (const HashBackend backend : {HashBackend::Evp, HashBackend::ShaPairs,
                                      HashBackend::IpsecMbAvx2, HashBackend::IpsecMbAvx512}) {
        if (!crypto::available(backend)) continue;
        bench.run("block_hashes" + suffix + "_" + std::string(nameOf(backend)), bytes,
                  [&] { crypto::taggedHashManyOn(backend, crypto::tags::kBlock, views, hashes); });
    }
}

void benchHashes(const Bench& bench)
{
    const Bytes segment(kSegment, std::byte{1});
    crypto::TaggedHasher stream(crypto::tags::kCiphertext);
    bench.run("sha256_one_stream", kSegment, [&] { stream.update(segment); });
    benchManyBuffers(bench, 2);
    benchManyBuffers(bench, 10);
    benchManyBuffers(bench, 40);

    Hash256 node = crypto::sha256(segment);
    bench.run("merkle_node", 0,
              [&] { node = crypto::taggedPairHash(crypto::tags::kMerkleInnerNode, node, node); });
    const std::vector<Bytes> pairs(64, Bytes(72, std::byte{1}));
    const std::vector<ByteView> views = viewsOf(pairs);
    std::vector<Hash256> hashes(views.size());
    bench.run("merkle_64_nodes_at_once", 0,
              [&] { crypto::taggedHashMany(crypto::tags::kMerkleInnerNode, views, hashes); });
}

void benchBytes(const Bench& bench)
{
    Bytes from(64 * kSegment, std::byte{1});
    Bytes to(from.size(), std::byte{2});
    bench.run("memcpy", from.size(), [&] { std::memcpy(to.data(), from.data(), from.size()); });
    crypto::AesCtr cipher(FileKey{});
    bench.run("aes_128_ctr", kSegment, [&] {
        cipher.apply(ByteView(from).first(kSegment), MutableByteView(to).first(kSegment));
    });
}

/// Keys come when they will: a few dozen make a rate.
void benchKeys(const Bench& bench)
{
    constexpr int kKeys = 60;
    const char* const name = "rsa_2048_keys";
    if (!bench.wants(name)) return;
    const double begin = cpuSeconds();
    for (int i = 0; i < kKeys; ++i) {
        if (const Result<crypto::RsaKey> key = crypto::RsaKey::generateBlocking(); !key) return;
    }
    std::printf("{\"name\": \"%s\", \"per_cpu_s\": %.4g}\n", name, kKeys / (cpuSeconds() - begin));
}

} // namespace

int main(int argc, char** argv)
{
    double seconds = 0.5;
    std::vector<std::string> only;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument != "--seconds") {
            only.push_back(argument);
        } else if (i + 1 < argc) {
            seconds = std::atof(argv[++i]);
        }
    }
    const Bench bench(seconds, only);
    benchHashes(bench);
    benchBytes(bench);
    benchKeys(bench);
    return 0;
}
