#include "core/wire/grant.h"

#include "core/wire/schema.h"

#include <array>

namespace tarn::wire {

namespace {

constexpr std::array<std::string_view, 2> kRequestKeys{"key", "signature"};
constexpr std::array<std::string_view, 1> kAnswerKeys{"swissnum"};

Bytes signedBytes(const Secret& exporter)
{
    Bytes out = toBytes(kGrantContext);
    append(out, exporter.view());
    return out;
}

Result<GrantRequest> readRequest(codec::CborReader& reader)
{
    GrantRequest out;
    const auto readValue = [&](std::size_t key) -> Result<void> {
        TARN_TRY(const ByteView bytes, readByteString(reader));
        if (key == 0) {
            const auto parsed = crypto::Ed25519PublicKey::from(bytes);
            if (!parsed) return schemaError(parsed.error().message());
            out.key = *parsed;
            return ok();
        }
        const auto parsed = crypto::Ed25519Signature::from(bytes);
        if (!parsed) return schemaError(parsed.error().message());
        out.signature = *parsed;
        return ok();
    };
    TARN_TRY_VOID(readMap(reader, kRequestKeys, readValue));
    TARN_TRY_VOID(readEnd(reader));
    return out;
}

Result<Secret> readAnswer(codec::CborReader& reader)
{
    Secret out;
    const auto readValue = [&](std::size_t /*key*/) -> Result<void> {
        TARN_TRY(const std::string_view text, readTextString(reader));
        if (text.empty()) return schemaError("is empty");
        out = Secret(text);
        return ok();
    };
    TARN_TRY_VOID(readMap(reader, kAnswerKeys, readValue));
    TARN_TRY_VOID(readEnd(reader));
    return out;
}

} // namespace

GrantRequest signGrantRequest(const crypto::Ed25519Key& key, const Secret& exporter)
{
    GrantRequest out;
    out.key = key.publicKey();
    out.signature = key.sign(signedBytes(exporter));
    return out;
}

bool verifyGrantRequest(const GrantRequest& request, const Secret& exporter)
{
    return crypto::verifyEd25519(request.key, signedBytes(exporter), request.signature);
}

Bytes encodeGrantRequest(const GrantRequest& request)
{
    codec::CborWriter out;
    out.map(2);
    out.text(kRequestKeys[0]);
    out.bytes(request.key.view());
    out.text(kRequestKeys[1]);
    out.bytes(request.signature.view());
    return out.take();
}

Result<GrantRequest> decodeGrantRequest(ByteView body)
{
    codec::CborJoined joined;
    codec::CborReader reader(body, joined);
    Result<GrantRequest> out = readRequest(reader);
    if (!out) return Error(ErrorCode::InvalidInput, "request" + out.error().message());
    return out;
}

Bytes encodeGrantAnswer(const Secret& swissnum)
{
    codec::CborWriter out;
    out.map(1);
    out.text(kAnswerKeys[0]);
    out.text(asText(swissnum.view()));
    return out.take();
}

Result<Secret> decodeGrantAnswer(ByteView body)
{
    codec::CborJoined joined;
    codec::CborReader reader(body, joined);
    Result<Secret> out = readAnswer(reader);
    if (!out) return Error(ErrorCode::PeerMisbehaved, "answer" + out.error().message());
    return out;
}

} // namespace tarn::wire
