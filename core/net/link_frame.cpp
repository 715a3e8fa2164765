#include "core/net/link_frame.h"

#include "core/wire/peer.pb.h"

namespace tarn::net {

namespace {

namespace proto = wire::proto;

constexpr std::size_t kLengthBytes = 4;

Error misbehaved(const std::string& what)
{
    return Error(ErrorCode::PeerMisbehaved, "peer link: " + what);
}

struct Writer
{
    proto::LinkFrame& out;

    void operator()(const LinkUnknown& /*frame*/) const {}
    void operator()(const LinkHello& frame) const
    {
        out.mutable_hello()->set_version(frame.version);
        out.mutable_hello()->set_largest_frame(frame.largestFrame);
    }
    void operator()(const LinkPing& frame) const { out.mutable_ping()->set_number(frame.number); }
    void operator()(const LinkPong& frame) const { out.mutable_pong()->set_number(frame.number); }
    void operator()(const LinkReverse& frame) const
    {
        out.mutable_reverse()->set_number(frame.number);
        out.mutable_reverse()->set_ticket(std::string(asText(frame.ticket.view())));
        out.mutable_reverse()->set_relayed(frame.relayed);
    }
    void operator()(const LinkRefusal& frame) const
    {
        out.mutable_refusal()->set_number(frame.number);
        out.mutable_refusal()->set_reason(static_cast<std::uint32_t>(frame.reason));
    }
    void operator()(const LinkTerms& frame) const
    {
        out.mutable_terms()->set_relays(frame.relays);
        out.mutable_terms()->set_stun_port(frame.stunPort);
    }
    void operator()(const LinkSignal& frame) const
    {
        out.mutable_signal()->set_number(frame.number);
        out.mutable_signal()->set_from(std::string(asText(frame.from.view())));
        out.mutable_signal()->set_question(std::string(asText(frame.question)));
    }
    void operator()(const LinkSignalAnswer& frame) const
    {
        out.mutable_signal_answer()->set_number(frame.number);
        out.mutable_signal_answer()->set_answer(std::string(asText(frame.answer)));
    }
};

Result<LinkFrame> readHello(const proto::LinkHello& in)
{
    if (in.version() == 0) return misbehaved("a hello without a version");
    if (in.largest_frame() < kLargestLinkFrame) return misbehaved("it takes too short frames");
    LinkHello out;
    out.version = in.version();
    out.largestFrame = in.largest_frame();
    return LinkFrame(out);
}

Result<LinkFrame> readReverse(const proto::LinkReverse& in)
{
    const Result<Ticket> ticket = Ticket::from(asBytes(in.ticket()));
    if (!ticket) return misbehaved("a ticket has 16 bytes");
    LinkReverse out;
    out.number = in.number();
    out.ticket = *ticket;
    out.relayed = in.relayed();
    return LinkFrame(out);
}

Result<LinkFrame> readTerms(const proto::LinkTerms& in)
{
    if (in.stun_port() > 0xffff) return misbehaved("a port above 65535");
    LinkTerms out;
    out.relays = in.relays();
    out.stunPort = static_cast<std::uint16_t>(in.stun_port());
    return LinkFrame(out);
}

Result<LinkFrame> readSignal(const proto::LinkSignal& in)
{
    const Result<PeerKey> from = PeerKey::from(asBytes(in.from()));
    if (!from) return misbehaved("a question of nobody");
    if (in.question().size() > kLargestSignalBytes) return misbehaved("a question too long");
    LinkSignal out;
    out.number = in.number();
    out.from = *from;
    out.question = toBytes(in.question());
    return LinkFrame(std::move(out));
}

Result<LinkFrame> readSignalAnswer(const proto::LinkSignalAnswer& in)
{
    if (in.answer().size() > kLargestSignalBytes) return misbehaved("an answer too long");
    LinkSignalAnswer out;
    out.number = in.number();
    out.answer = toBytes(in.answer());
    return LinkFrame(std::move(out));
}

/// A reason that is not known here is one all the same.
Result<LinkFrame> readRefusal(const proto::LinkRefusal& in)
{
    LinkRefusal out;
    out.number = in.number();
    if (in.reason() == static_cast<std::uint32_t>(LinkRefusalReason::Busy) ||
        in.reason() == static_cast<std::uint32_t>(LinkRefusalReason::NotReached))
        out.reason = static_cast<LinkRefusalReason>(in.reason());
    return LinkFrame(out);
}

} // namespace

std::string_view nameOf(LinkRefusalReason reason)
{
    switch (reason) {
    case LinkRefusalReason::Busy:
        return "it makes enough connections already";
    case LinkRefusalReason::NotReached:
        return "it cannot connect any more";
    case LinkRefusalReason::Unsupported:
        break;
    }
    return "it does not do that";
}

Bytes encodeLinkFrame(const LinkFrame& frame)
{
    proto::LinkFrame message;
    std::visit(Writer{message}, frame);
    const std::string text = message.SerializeAsString();
    Bytes out;
    out.reserve(kLengthBytes + text.size());
    for (unsigned shift = 24;; shift -= 8) {
        out.push_back(static_cast<std::byte>(text.size() >> shift));
        if (shift == 0) break;
    }
    append(out, asBytes(text));
    return out;
}

Result<LinkFrame> decodeLinkFrame(ByteView bytes)
{
    if (bytes.size() > kLargestLinkFrame) return misbehaved("a frame above 4096 bytes");
    proto::LinkFrame in;
    if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return misbehaved("not a frame");
    switch (in.kind_case()) {
    case proto::LinkFrame::kHello:
        return readHello(in.hello());
    case proto::LinkFrame::kPing:
        return LinkFrame(LinkPing{in.ping().number()});
    case proto::LinkFrame::kPong:
        return LinkFrame(LinkPong{in.pong().number()});
    case proto::LinkFrame::kReverse:
        return readReverse(in.reverse());
    case proto::LinkFrame::kRefusal:
        return readRefusal(in.refusal());
    case proto::LinkFrame::kTerms:
        return readTerms(in.terms());
    case proto::LinkFrame::kSignal:
        return readSignal(in.signal());
    case proto::LinkFrame::kSignalAnswer:
        return readSignalAnswer(in.signal_answer());
    case proto::LinkFrame::KIND_NOT_SET:
        break;
    }
    return LinkFrame(LinkUnknown());
}

void LinkFrameReader::add(ByteView bytes)
{
    if (m_used == m_bytes.size()) {
        m_bytes.clear();
        m_used = 0;
    }
    append(m_bytes, bytes);
}

Result<std::optional<LinkFrame>> LinkFrameReader::next()
{
    const ByteView rest = ByteView(m_bytes).subspan(m_used);
    if (rest.size() < kLengthBytes) return std::optional<LinkFrame>();
    std::size_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i)
        length = length << 8U | std::to_integer<std::size_t>(rest[i]);
    if (length > kLargestLinkFrame) return misbehaved("a frame above 4096 bytes");
    if (rest.size() < kLengthBytes + length) {
        m_bytes.erase(m_bytes.begin(), m_bytes.begin() + static_cast<std::ptrdiff_t>(m_used));
        m_used = 0;
        return std::optional<LinkFrame>();
    }
    TARN_TRY(LinkFrame frame, decodeLinkFrame(rest.subspan(kLengthBytes, length)));
    m_used += kLengthBytes + length;
    return std::optional<LinkFrame>(std::move(frame));
}

} // namespace tarn::net
