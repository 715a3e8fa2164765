#include "core/net/relay_messages.h"

#include "core/codec/base64.h"
#include "core/wire/peer.pb.h"

namespace tarn::net {

namespace {

namespace proto = wire::proto;

constexpr std::string_view kToken = "token ";
constexpr std::string_view kMember = "member ";
constexpr std::size_t kMaxPass = 16 * 1024;

template <class Message>
Bytes bytesOf(const Message& message)
{
    return toBytes(message.SerializeAsString());
}

template <class Message>
Result<Message> parsed(ByteView bytes, std::size_t limit)
{
    Message out;
    if (bytes.size() > limit || !out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return Error(ErrorCode::PeerMisbehaved, "relay: not such a message");
    return out;
}

Result<PeerKey> targetOf(const std::string& bytes)
{
    const Result<PeerKey> out = PeerKey::from(asBytes(bytes));
    if (!out) return Error(ErrorCode::PeerMisbehaved, "relay: a target has 32 bytes");
    return out;
}

} // namespace

Bytes encodeRelayAsk(const RelayAsk& ask)
{
    proto::RelayAsk out;
    out.set_target(std::string(asText(ask.target.view())));
    out.set_guest(std::string(asText(ask.guest)));
    return bytesOf(out);
}

Bytes encodeRelayAnswer(const RelayAnswer& answer)
{
    proto::RelayAnswer out;
    out.set_ticket(std::string(asText(answer.ticket.view())));
    return bytesOf(out);
}

Bytes encodeSignalAsk(const SignalAsk& ask)
{
    proto::SignalAsk out;
    out.set_target(std::string(asText(ask.target.view())));
    out.set_question(std::string(asText(ask.question)));
    return bytesOf(out);
}

Bytes encodeSignalAnswer(ByteView answer)
{
    proto::SignalAnswer out;
    out.set_answer(std::string(asText(answer)));
    return bytesOf(out);
}

Result<RelayAsk> decodeRelayAsk(ByteView bytes)
{
    TARN_TRY(const proto::RelayAsk in, parsed<proto::RelayAsk>(bytes, kMaxRelayBytes));
    RelayAsk out;
    TARN_TRY(out.target, targetOf(in.target()));
    if (in.guest().size() > kMaxGuestTicket)
        return Error(ErrorCode::PeerMisbehaved, "relay: a guest ticket above 256 bytes");
    out.guest = toBytes(in.guest());
    return out;
}

Result<RelayAnswer> decodeRelayAnswer(ByteView bytes)
{
    TARN_TRY(const proto::RelayAnswer in, parsed<proto::RelayAnswer>(bytes, kMaxRelayBytes));
    const Result<Ticket> ticket = Ticket::from(asBytes(in.ticket()));
    if (!ticket) return Error(ErrorCode::PeerMisbehaved, "relay: a ticket has 16 bytes");
    RelayAnswer out;
    out.ticket = *ticket;
    return out;
}

Result<SignalAsk> decodeSignalAsk(ByteView bytes)
{
    TARN_TRY(const proto::SignalAsk in, parsed<proto::SignalAsk>(bytes, kMaxSignalBytes));
    SignalAsk out;
    TARN_TRY(out.target, targetOf(in.target()));
    if (in.question().size() > kLargestSignalBytes)
        return Error(ErrorCode::PeerMisbehaved, "relay: a question above 3072 bytes");
    out.question = toBytes(in.question());
    return out;
}

Result<Bytes> decodeSignalAnswer(ByteView bytes)
{
    TARN_TRY(const proto::SignalAnswer in, parsed<proto::SignalAnswer>(bytes, kMaxSignalBytes));
    if (in.answer().size() > kLargestSignalBytes)
        return Error(ErrorCode::PeerMisbehaved, "relay: an answer above 3072 bytes");
    return toBytes(in.answer());
}

Result<RelayPass> parsePass(std::string_view text)
{
    RelayPass out;
    if (text.size() > kMaxPass) return Error(ErrorCode::Unauthorized, "a pass too long");
    if (text.starts_with(kToken)) {
        out.token = std::string(text.substr(kToken.size()));
        return out;
    }
    if (!text.starts_with(kMember))
        return Error(ErrorCode::Unauthorized, "expected \"token TEXT\" or \"member CERTIFICATE\"");
    out.kind = RelayPass::Kind::Member;
    Result<Bytes> bytes = codec::decodeBase64Url(text.substr(kMember.size()));
    if (!bytes) return Error(ErrorCode::Unauthorized, "a certificate that is not base64url");
    out.certificate = *std::move(bytes);
    return out;
}

std::string passText(const RelayPass& pass)
{
    if (pass.kind == RelayPass::Kind::Token) return std::string(kToken) + pass.token;
    return std::string(kMember) + codec::encodeBase64Url(pass.certificate);
}

} // namespace tarn::net
