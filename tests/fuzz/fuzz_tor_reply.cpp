// Any lines as a Tor's answers: refused, or taken apart; what is quoted reads back the same.
#include "core/base/check.h"
#include "core/net/tor_reply.h"

using namespace tarn;
using namespace tarn::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view text(reinterpret_cast<const char*>(data), size);
    TARN_ASSERT(torValue("X K=" + torQuoted(text), "K") == std::string(text));
    TorReplyReader reader;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const Result<bool> whole = reader.take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!whole) return 0;
        if (!*whole) continue;
        const TorReply& reply = reader.reply();
        TARN_ASSERT(reply.status >= 200 && reply.status < 700 && !reply.lines.empty());
        if (const auto id = parseTorServiceId(reply)) TARN_ASSERT(id->size() == 56);
        if (const auto challenge = parseTorChallenge(reply))
            TARN_ASSERT(challenge->serverHash.size() == 32 && challenge->serverNonce.size() == 32);
        const auto info = parseTorProtocolInfo(reply);
        static_cast<void>(info);
        return 0;
    }
    return 0;
}
