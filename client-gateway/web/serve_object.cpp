#include "client-gateway/web/etag.h"
#include "client-gateway/web/form.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/info_page.h"
#include "client-gateway/web/json_texts.h"
#include "client-gateway/web/tree.h"

namespace tarn::gateway::web {

namespace {

using Kind = CapInfo::Kind;

bool isRead(const Call& call)
{
    return call.method() == "GET" || call.isHead();
}

Result<Reply> describe(const CapInfo& cap, std::string_view operation)
{
    if (operation == "json") return plainReply(capJson(cap));
    if (operation == "info") return htmlReply(infoPage(cap));
    if (cap.kind == Kind::Unknown) {
        return Error(ErrorCode::InvalidInput,
                     "this capability is of a kind unknown to this version: only t=info and "
                     "t=json are possible");
    }
    if (operation == "uri") return plainReply(cap.text);
    if (operation == "readonly-uri") {
        if (cap.readOnly.empty())
            return Error(ErrorCode::InvalidInput, "a verify capability cannot read");
        return plainReply(cap.readOnly);
    }
    return Error(ErrorCode::InvalidInput, "GET file: bad t=" + std::string(operation));
}

/// The name under which the contents go out: filename=, else the last name of the path.
std::string fileNameOf(const Call& call)
{
    const std::string* asked = call.arguments.find("filename");
    if (asked) return *asked;
    return call.route.names.empty() ? std::string() : call.route.names.back();
}

asio::awaitable<Result<void>> serveGet(Call& call, const CapInfo& cap)
{
    const std::string operation(call.operation());
    if (call.isHead() && !operation.empty())
        co_return Error(ErrorCode::InvalidInput, "HEAD file: bad t=" + operation);
    // t=info is a page for people and may change between versions.
    const std::string etag = operation == "info" ? std::string() : etagOf(cap, operation);
    if (clientHasIt(call, etag)) co_return co_await notModified(call, etag);
    if (operation.empty() && cap.kind == Kind::File)
        co_return co_await serveContents(call, cap, fileNameOf(call));
    if (operation.empty() && cap.kind == Kind::Verifier) {
        co_return Error(ErrorCode::InvalidInput,
                        "a verify capability cannot read; POST ?t=check is possible");
    }
    TARN_CO_TRY(Reply reply, describe(cap, operation));
    if (!etag.empty()) reply.headers.set("ETag", etag);
    co_return co_await send(call.exchange, std::move(reply));
}

asio::awaitable<Result<void>> servePostObject(Call& call, const CapInfo& cap)
{
    FormReader form(call);
    TARN_CO_TRY(const bool hasFile, co_await form.readForm());
    static_cast<void>(hasFile);
    const std::string operation(call.operation());
    if (operation != "check") {
        co_return Error(ErrorCode::InvalidInput, "POST to file: bad t=" + operation +
                                                     "; an immutable file can only be checked");
    }
    co_return co_await serveCheck(call, cap);
}

asio::awaitable<Result<void>> serveImmutable(Call& call, const CapInfo& cap)
{
    if (isRead(call)) co_return co_await serveGet(call, cap);
    if (call.method() == "POST") co_return co_await servePostObject(call, cap);
    if (call.method() == "PUT") {
        co_return call.refuse(400, "an immutable file cannot be changed; PUT /uri stores a new "
                                   "one");
    }
    if (call.method() == "DELETE")
        co_return call.refuse(400, "a file without a directory cannot be unlinked");
    co_return call.refuseMethod("this method is not possible on a file");
}

} // namespace

asio::awaitable<Result<void>> serveObject(Call& call)
{
    const bool asFile = call.route.kind == Route::Kind::File;
    if (asFile && !isRead(call))
        co_return call.refuse(400, "/file can only be used with GET or HEAD");
    TARN_CO_TRY(const CapInfo cap, describeCap(call.route.cap));
    const bool isDirectory = cap.kind == Kind::Directory;
    if (asFile && (isDirectory || cap.kind == Kind::Unknown || cap.isVerifier))
        co_return call.refuse(400, "this is not a file-cap");
    const bool isMutable = isDirectory || cap.kind == Kind::Mutable;
    if (isMutable && asFile) co_return co_await serveContents(call, cap, fileNameOf(call));
    if (isMutable) co_return co_await serveTree(call);
    if (cap.kind == Kind::Unknown && !isRead(call))
        co_return call.refuseMethod("nothing can be done to an object of an unknown kind");
    const bool below = !call.route.names.empty() || call.route.asFolder;
    if (!asFile && below && cap.kind != Kind::Unknown) co_return noChildren(call);
    if (!asFile && !call.route.names.empty()) co_return noChildren(call);
    co_return co_await serveImmutable(call, cap);
}

} // namespace tarn::gateway::web
