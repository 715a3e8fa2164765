// link_frame: what two nodes say to each other on a peer link, one frame after the other. Pure, any
// thread. Source: core/doc/protocol/peer-link.md; core/wire/peer.proto.
//
//   | offset | size | content                                     |
//   |      0 |    4 | length of what follows, big endian, <= 4096 |
//   |      4 |      | LinkFrame                                   |
#pragma once

#include "core/net/peer_key.h"
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
/// Of a question to somebody out of reach, and of its answer.
inline constexpr std::size_t kLargestSignalBytes = 3072;

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
    bool relayed = false; ///< somebody else is at the other end
};
enum class LinkRefusalReason : std::uint32_t { Busy = 1, NotReached = 2, Unsupported = 3 };
std::string_view nameOf(LinkRefusalReason reason);
/// Nothing comes of the LinkReverse or the LinkSignal of that number.
struct LinkRefusal
{
    std::uint64_t number = 0;
    LinkRefusalReason reason = LinkRefusalReason::Unsupported;
};
/// What who was connected to does for who made the link.
struct LinkTerms
{
    bool relays = false;        ///< connections between those who have links with it
    std::uint16_t stunPort = 0; ///< UDP; 0: it answers none
    friend bool operator==(const LinkTerms&, const LinkTerms&) = default;
};
/// Somebody has a question.
struct LinkSignal
{
    std::uint64_t number = 0;
    PeerKey from;   ///< only as true as who carries it
    Bytes question; ///< kLargestSignalBytes at most
};
struct LinkSignalAnswer
{
    std::uint64_t number = 0;
    Bytes answer; ///< the same
};
/// Of a later version.
struct LinkUnknown
{
};
using LinkFrame = std::variant<LinkUnknown, LinkHello, LinkPing, LinkPong, LinkReverse, LinkRefusal,
                               LinkTerms, LinkSignal, LinkSignalAnswer>;

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
