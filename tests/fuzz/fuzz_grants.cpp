// fuzz_grants: any text is refused, or the same credentials when written and read again.
#include "client-gateway/grants_file.h"
#include "core/base/check.h"

#include <cstdint>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<gateway::Grants> grants = gateway::parseGrants(text);
    if (!grants) {
        TARN_ASSERT(grants.error().code() == ErrorCode::InvalidInput);
        return 0;
    }
    const Secret written = gateway::grantsText(*grants);
    const Result<gateway::Grants> again = gateway::parseGrants(asText(written.view()));
    TARN_ASSERT(again && again->size() == grants->size());
    for (const auto& [id, grant] : *grants) {
        const auto at = again->find(id);
        TARN_ASSERT(at != again->end() && at->second.key == grant.key);
        TARN_ASSERT(at->second.swissnum.matches(grant.swissnum.view()));
        TARN_ASSERT(gateway::isSwissnum(asText(grant.swissnum.view())));
    }
    return 0;
}
