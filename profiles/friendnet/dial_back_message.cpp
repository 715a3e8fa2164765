#include "profiles/friendnet/dial_back_message.h"

#include "profiles/friendnet/address_range.h"

namespace tarn::profiles {

namespace {

constexpr std::string_view kContext{"tarn dial-back v1\0", 18};
constexpr std::byte kVersion{1};
constexpr std::size_t kAddressAt = 2;
constexpr std::size_t kAddressBytes = 16;
constexpr std::size_t kPortAt = 18;
constexpr std::size_t kTimeAt = 20;
constexpr std::size_t kAskerAt = 28;
constexpr std::size_t kAskerBytes = 32;
constexpr std::size_t kSignatureAt = 60;

Bytes signedBytes(ByteView body)
{
    Bytes out = toBytes(kContext);
    append(out, body);
    return out;
}

asio::ip::address_v6 wide(const asio::ip::address& address)
{
    if (address.is_v6()) return address.to_v6();
    return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
}

Error unlike(const char* what)
{
    return Error(ErrorCode::PeerMisbehaved, std::string("a dial-back statement: ") + what);
}

} // namespace

Bytes encodeDialBackRequest(std::uint16_t port)
{
    Bytes out;
    appendBig<std::uint16_t>(out, port);
    return out;
}

Result<std::uint16_t> decodeDialBackRequest(ByteView bytes)
{
    if (bytes.size() != kDialBackRequestBytes)
        return Error(ErrorCode::InvalidInput, "expected a port, 2 bytes");
    const auto port = loadBig<std::uint16_t>(bytes, 0);
    if (port == 0) return Error(ErrorCode::InvalidInput, "expected a port, got 0");
    return port;
}

Bytes signStatement(const crypto::Ed25519Key& key, const DialBackStatement& statement)
{
    Bytes out;
    out.push_back(kVersion);
    out.push_back(statement.reached ? std::byte{1} : std::byte{0});
    const auto address = wide(statement.address).to_bytes();
    append(out, std::as_bytes(std::span(address)));
    appendBig<std::uint16_t>(out, statement.port);
    appendBig<std::uint64_t>(out, static_cast<std::uint64_t>(statement.at));
    append(out, statement.asker.view());
    const Bytes whole = signedBytes(out);
    append(out, key.sign(whole).view());
    return out;
}

Result<DialBackStatement> readStatement(ByteView bytes, const Ed25519PublicKey& signer)
{
    if (bytes.size() != kDialBackStatementBytes) return unlike("another size");
    if (bytes[0] != kVersion) return unlike("another version");
    if (bytes[1] > std::byte{1}) return unlike("neither reached nor not");
    const ByteView body = bytes.first(kSignatureAt);
    const auto signature = crypto::Ed25519Signature::from(bytes.subspan(kSignatureAt));
    if (!signature || !crypto::verifyEd25519(signer, signedBytes(body), *signature))
        return Error(ErrorCode::Unauthorized, "a dial-back statement is not signed by who sent it");
    DialBackStatement out;
    asio::ip::address_v6::bytes_type address{};
    std::memcpy(address.data(), bytes.data() + kAddressAt, kAddressBytes);
    out.address = plainAddress(asio::ip::address_v6(address));
    out.port = loadBig<std::uint16_t>(bytes, kPortAt);
    out.reached = bytes[1] == std::byte{1};
    out.at = static_cast<std::int64_t>(loadBig<std::uint64_t>(bytes, kTimeAt));
    const auto asker = Ed25519PublicKey::from(bytes.subspan(kAskerAt, kAskerBytes));
    if (!asker) return unlike("no key");
    out.asker = *asker;
    return out;
}

} // namespace tarn::profiles
