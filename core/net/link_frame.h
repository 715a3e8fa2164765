// link_frame: what two nodes say to each other on a peer link, one frame after the other. Pure, any
// thread. Source: core/doc/protocol/peer-link.md; core/wire/peer.proto.
//
//   | offset | size | content                                     |
//   |      0 |    4 | length of what follows, big endian, <= 4096 |
//   |      4 |      | LinkFrame                                   |
#pragma once

#include "core/net/preamble.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace tarn::net {

inline constexpr std::string_view kLinkPath = "/peer/v1/link"; ///< GET, to be upgraded
inline constexpr std::string_view kLinkProtocol = "tarn-peer/1";
inline constexpr std::uint32_t kLinkVersion = 1;
/// Of one frame without its length, as this version takes and writes it.
inline constexpr std::uint32_t kLargestLinkFrame = 4096;

struct LinkHello
{
    std::uint32_t version = kLinkVersion;
    std::uint32_t largestFrame = kLargestLinkFrame; ///< that the sender takes
};
struct LinkPing
{
    std::uint64_t number = 0;
};
struct LinkPong
{
    std::uint64_t number = 0;
};
/// Connect to where this link goes, begin with the ticket, be the server there.
struct LinkReverse
{
    std::uint64_t number = 0;
    Ticket ticket;
};
enum class LinkRefusalReason : std::uint32_t { Busy = 1, NotReached = 2, Unsupported = 3 };
std::string_view nameOf(LinkRefusalReason reason);
/// Nothing comes of the LinkReverse of that number.
struct LinkRefusal
{
    std::uint64_t number = 0;
    LinkRefusalReason reason = LinkRefusalReason::Unsupported;
};
/// Of a later version.
struct LinkUnknown
{
};
using LinkFrame =
    std::variant<LinkUnknown, LinkHello, LinkPing, LinkPong, LinkReverse, LinkRefusal>;

/// With its length. LinkUnknown: an empty frame.
Bytes encodeLinkFrame(const LinkFrame& frame);
/// \param bytes  without its length.
/// \return PeerMisbehaved: not such a message, or with fields that cannot be.
Result<LinkFrame> decodeLinkFrame(ByteView bytes);

/// Frames out of bytes as they come.
class LinkFrameReader
{
public:
    void add(ByteView bytes);
    /// \return nothing: the next frame is not whole.  PeerMisbehaved: too long, or
    ///         decodeLinkFrame() refuses it; nothing more can be read then.
    Result<std::optional<LinkFrame>> next();
    std::size_t held() const { return m_bytes.size() - m_used; }

private:
    Bytes m_bytes;
    std::size_t m_used = 0;
};

} // namespace tarn::net
