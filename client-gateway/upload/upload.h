// upload: what goes into an upload and what comes out of it. Grid::upload() runs it.
#pragma once

#include "client-gateway/transfer_log.h"
#include "client-gateway/upload/happiness_report.h"
#include "core/base/clock.h"
#include "core/base/result.h"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace tarn::gateway {

/// An upload holds two segments and their shares in memory. Longer segments, made elsewhere, can
/// be read.
inline constexpr std::uint64_t kMaxSegmentSize = std::uint64_t{64} << 20U;
/// All shares of one segment together: segmentSize x total / needed.
inline constexpr std::uint64_t kMaxSegmentShares = std::uint64_t{512} << 20U;

struct EncodingParameters
{
    std::uint32_t needed = 3;              ///< k: 1 <= k <= total
    std::uint32_t happy = 7;               ///< 0 <= happy <= total
    std::uint32_t total = 10;              ///< N: k <= N <= 256
    std::uint64_t segmentSize = 1'048'576; ///< bytes, 1 to kMaxSegmentSize: the largest segment

    /// InvalidInput naming the field.
    Result<void> check() const;
    /// Of segmentSize alone: "expected ..., got ...".
    Result<void> checkSegmentSize() const;
};

/// Where the plaintext comes from; pulled, so that a slow grid slows the sender.
class UploadSource
{
public:
    virtual ~UploadSource() = default;
    /// \return bytes read, 0 at the end. An error ends the upload with that error.
    virtual asio::awaitable<Result<std::size_t>> read(MutableByteView into) = 0;
    /// How many bytes there will be, where the sender has said so; it may be wrong.
    virtual std::optional<std::uint64_t> announcedSize() const { return std::nullopt; }
};

enum class KeyChoice {
    Convergent, ///< from the content and the node's convergence secret: equal files share storage
    Random
};

struct UploadOptions
{
    std::optional<EncodingParameters> encoding; ///< absent: the gateway's
    KeyChoice key = KeyChoice::Convergent;
};

/// How long each part took.
struct UploadTimings
{
    Duration receive{}; ///< first byte asked for until all of it is hashed
    Duration locate{};  ///< finding and allocating servers
    Duration push{};    ///< first byte sent until the last share is durable
    Duration total{};
};

enum class UploadPhase { Receiving, Locating, Pushing, Done, Failed };

/// Live while the upload runs, complete when it has ended, also after a failure.
struct UploadStatus
{
    UploadPhase phase = UploadPhase::Receiving;
    std::uint64_t received = 0;               ///< plaintext bytes so far
    std::uint64_t pushed = 0;                 ///< share bytes acknowledged by servers so far
    std::string storageIndex;                 ///< base32, once known
    std::optional<HappinessReport> happiness; ///< once servers were asked; explains Unhappy
    TransferLogPtr log; ///< takes what is asked of servers, from its begin on; null: nobody asks
};

struct UploadResult
{
    std::string readCap;                                   ///< "URI:CHK:..." or "URI:LIT:..."
    std::string verifyCap;                                 ///< empty for LIT
    std::string storageIndex;                              ///< base32; empty for LIT
    std::uint64_t size = 0;                                ///< plaintext bytes
    std::map<ShareNumber, std::set<std::string>> shareMap; ///< share -> ids of servers holding it
    std::uint32_t pushedShares = 0;
    std::uint32_t preexistingShares = 0;
    std::uint32_t happiness = 0;
    UploadTimings timings;
};

} // namespace tarn::gateway
