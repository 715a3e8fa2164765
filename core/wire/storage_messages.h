// storage_messages: the CBOR bodies of the GBS protocol as values. Pure, any thread.
// Source: spec of the HTTP storage protocol, sections 4 and 5; RFC 8949. Sets carry tag 258, maps
// are closed (an unknown, missing or repeated key is refused), keys are texts except in the
// version document. Indefinite lengths and non-shortest numbers are read, never written.
// decode...Request: InvalidInput with the path of the fault, for a 400:
//         "request.test-write-vectors[0]: missing key 'test'".
// decode...Answer: PeerMisbehaved with the same kind of text.
#pragma once

#include "core/codec/cbor.h"
#include "core/storage_api/share_store.h"
#include "core/wire/gathered_body.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::wire {

inline constexpr std::string_view kCborMediaType = "application/cbor";
inline constexpr std::string_view kShareMediaType = "application/octet-stream";

inline constexpr std::size_t kMaxAllocateBytes = 8192;
inline constexpr std::size_t kMaxCorruptBytes = 32768;
inline constexpr std::uint64_t kMaxReadTestWriteBytes = 1ULL << 48U;
inline constexpr std::size_t kMaxAnswerBytes = 30U * 1024U * 1024U;
inline constexpr std::size_t kMaxSharesPerRequest = 256;
inline constexpr std::size_t kMaxVectorsPerShare = 30; ///< tests, and reads
inline constexpr std::size_t kMaxReasonBytes = 32765;
/// A longer reason would make a body above kMaxCorruptBytes.
inline constexpr std::size_t kMaxSentReasonBytes = kMaxCorruptBytes - 11;
/// Beyond the reference's limits, so that a message cannot claim much more memory than it has.
inline constexpr std::size_t kMaxWritesPerRequest = 65536;
inline constexpr std::size_t kMaxSharesPerAnswer = 65536;
inline constexpr std::size_t kMaxRangesPerAnswer = 65536;

Bytes encodeVersionAnswer(const storage_api::ServerVersion& version);
Result<storage_api::ServerVersion> decodeVersionAnswer(ByteView body);

struct AllocateRequest
{
    std::set<ShareNumber> shares;
    std::uint64_t allocatedSize = 0; ///< bytes of each share
};
Bytes encodeAllocateRequest(const AllocateRequest& request);
Result<AllocateRequest> decodeAllocateRequest(ByteView body);

Bytes encodeAllocateAnswer(const storage_api::AllocateAnswer& answer);
Result<storage_api::AllocateAnswer> decodeAllocateAnswer(ByteView body);

Bytes encodeWriteAnswer(const storage_api::WriteAnswer& answer);
/// PeerMisbehaved also when the ranges are empty or not ascending and disjoint.
Result<storage_api::WriteAnswer> decodeWriteAnswer(ByteView body);

Bytes encodeShareNumbers(const std::set<ShareNumber>& shares);
Result<std::set<ShareNumber>> decodeShareNumbers(ByteView body);

/// The reason is cut to kMaxSentReasonBytes at a character border; bytes that are not UTF-8 are
/// written as \xNN. An empty one becomes "no reason given".
Bytes encodeCorruptRequest(std::string_view reason);
/// The reason: 1 to kMaxReasonBytes bytes of UTF-8.
Result<std::string> decodeCorruptRequest(ByteView body);

/// Data above a few hundred bytes are not copied: `request`'s views must outlive the body.
GatheredBody encodeReadTestWriteRequest(const storage_api::ReadTestWrite& request);
/// The same of one share whose data are sent as they come.
struct StreamedRequest
{
    std::vector<Bytes> before; ///< of each spot, what precedes its data
    Bytes after;               ///< what follows the last one
    std::uint64_t size = 0;    ///< of the whole body
};
StreamedRequest encodeStreamedShare(const storage_api::StreamedShare& request);
/// \param joined  takes the strings that came in chunks. The values hold views into it and into
///                `body`.
Result<storage_api::ReadTestWrite> decodeReadTestWriteRequest(ByteView body,
                                                              codec::CborJoined& joined);

/// Keeps views of the read data, as above.
GatheredBody encodeReadTestWriteAnswer(const storage_api::ReadTestWriteAnswer& answer);
Result<storage_api::ReadTestWriteAnswer> decodeReadTestWriteAnswer(ByteView body);

} // namespace tarn::wire
