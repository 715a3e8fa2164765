// fuzz_admin_request: a request on the admin socket is refused with a code that says why, or the
// same when written again. Input: method, path, and the body behind them, each but the last on a
// line.
#include "core/base/check.h"
#include "core/wire/node_id.h"
#include "storage-server/account_request.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <utility>

using namespace tarn;
using storage::AccountRequest;
using Kind = AccountRequest::Kind;

namespace {

std::string_view takeLine(std::string_view& text)
{
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

std::string_view actionOf(Kind kind)
{
    switch (kind) {
    case Kind::Limit:
        return "/limit";
    case Kind::Allow:
        return "/allow";
    case Kind::Deny:
        return "/deny";
    case Kind::Rotate:
        return "/rotate";
    case Kind::Revoke:
        return "/revoke";
    default:
        return "";
    }
}

std::string bodyOf(const AccountRequest& request)
{
    nlohmann::json out = nlohmann::json::object();
    if (request.kind == Kind::Add) out["name"] = request.name;
    if (request.key) out["key"] = wire::nodeIdOf(*request.key);
    if (request.limit) out["limit"] = *request.limit;
    for (const auto& [on, name] :
         {std::pair(request.read, "read"), std::pair(request.write, "write"),
          std::pair(request.keep, "keep")})
        if (on) out[name] = true;
    return out.dump();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view body(reinterpret_cast<const char*>(data), size);
    const std::string_view method = takeLine(body);
    const std::string_view path = takeLine(body);
    const Result<AccountRequest> request =
        storage::parseAccountRequest(method, path, asBytes(body));
    if (!request) {
        const ErrorCode code = request.error().code();
        TARN_ASSERT(code == ErrorCode::InvalidInput || code == ErrorCode::NotFound ||
                    code == ErrorCode::Unsupported);
        return 0;
    }
    const Kind kind = request->kind;
    const bool asks = kind == Kind::List || kind == Kind::Show;
    TARN_ASSERT(asks == (method != "POST"));
    TARN_ASSERT((kind == Kind::Allow || kind == Kind::Deny) ==
                (request->read || request->write || request->keep));
    std::string again = "/admin/v1/accounts";
    if (kind != Kind::List && kind != Kind::Add)
        again += "/" + request->name + std::string(actionOf(kind));
    const Result<AccountRequest> same =
        storage::parseAccountRequest(method, again, asBytes(bodyOf(*request)));
    TARN_ASSERT(same && *same == *request);
    return 0;
}
