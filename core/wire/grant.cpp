#include "core/wire/grant.h"

#include "core/wire/schema.h"

#include <array>

namespace tarn::wire {

namespace {

constexpr std::array<std::string_view, 1> kAnswerKeys{"swissnum"};

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
