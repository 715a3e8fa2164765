#include "tests/support/signed_records.h"

namespace tarn::test {

crypto::Ed25519Key testKey(std::uint32_t number)
{
    Bytes seed = zeroBytes(crypto::Ed25519Seed::kSize);
    storeBig<std::uint32_t>(seed, 0, number);
    return crypto::Ed25519Key::fromSeed(crypto::Ed25519Seed::prefixOf(seed));
}

gossip::ServerAnnouncement testServer(std::uint32_t number)
{
    gossip::ServerAnnouncement out;
    out.nickname = "server " + std::to_string(number);
    out.software = "tarn-storage/0.1.0";
    out.locations = {"tcp:192.0.2.1:" + std::to_string(1 + number % 65535)};
    out.spkiHash = crypto::spkiHashOf(testKey(number));
    storeBig<std::uint32_t>(out.tubId.mutableView(), 0, number);
    out.permutationSeed = "mfrggzdf";
    return out;
}

gossip::RecordPtr testAnnouncement(std::uint32_t number, std::uint64_t sequence, WallTime now)
{
    Result<gossip::RecordPtr> out =
        gossip::signAnnouncement(testKey(number), testServer(number), sequence, now);
    TARN_ASSERT(out);
    return *std::move(out);
}

} // namespace tarn::test
