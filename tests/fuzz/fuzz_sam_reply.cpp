// Any line as an I2P router's answer, and as a destination: refused, or taken apart.
#include "core/base/check.h"
#include "core/net/sam_reply.h"

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const Result<std::string> name = net::i2pNameOf(text)) TARN_ASSERT(name->size() == 60);
    const Result<net::SamReply> reply = net::parseSamReply(text);
    if (!reply) return 0;
    TARN_ASSERT(reply->topic.find(' ') != std::string::npos);
    for (const auto& [key, value] : reply->values)
        TARN_ASSERT(!key.empty() && reply->value(key) == value);
    return 0;
}
