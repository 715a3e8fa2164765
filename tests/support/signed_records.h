// signed_records: keys and records of tests, made from numbers.
#pragma once

#include "core/gossip/server_announcement.h"

namespace tarn::test {

inline constexpr std::int64_t kTestSeconds = 1'800'000'000; ///< as FakeClock begins
inline constexpr WallTime kTestTime{std::chrono::seconds(kTestSeconds)};

/// The same number, the same key.
crypto::Ed25519Key testKey(std::uint32_t number);

/// An announcement of key `number`'s server, 48 h long.
gossip::RecordPtr testAnnouncement(std::uint32_t number, std::uint64_t sequence = 1,
                                   WallTime now = kTestTime);
gossip::ServerAnnouncement testServer(std::uint32_t number);

} // namespace tarn::test
