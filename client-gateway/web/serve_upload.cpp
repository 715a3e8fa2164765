#include "client-gateway/web/form.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/pages.h"
#include "client-gateway/web/tree.h"
#include "client-gateway/web/when_done.h"
#include "core/net/http_message.h"

namespace tarn::gateway::web {

namespace {

/// \return whether format= and mutable= ask for a mutable file.
Result<bool> wantsMutable(const Call& call)
{
    TARN_TRY(const FileFormat format, formatOf(call.arguments));
    return format != FileFormat::Chk;
}

Result<void> checkOperation(Call& call, bool uploadNamed)
{
    const std::string_view operation = call.operation();
    if (operation.empty() || (uploadNamed && operation == "upload")) return ok();
    return Error(ErrorCode::InvalidInput, "/uri accepts only PUT, PUT?t=mkdir, POST?t=upload, and "
                                          "POST?t=mkdir");
}

bool isMkdir(const Call& call)
{
    const std::string_view operation = call.operation();
    const bool withBody = operation == "mkdir-with-children" || operation == "mkdir-immutable";
    return operation == "mkdir" || (withBody && call.method() == "POST");
}

/// What is left of the body of a POST whose t= may be a field of it: children belong to
/// t=mkdir-with-children, and that to the query.
asio::awaitable<Result<void>> requireForm(Call& call)
{
    if (call.operation() != "mkdir") co_return wantsJson(call);
    const std::string* type = call.exchange.head().headers.find("Content-Type");
    if (type && type->find("form") != std::string::npos) co_return ok();
    const Result<Bytes> body = co_await call.exchange.readAll(1);
    if (body && body->empty()) co_return ok();
    co_return Error(ErrorCode::InvalidInput, "t=mkdir takes no body but a form, try "
                                             "t=mkdir-with-children instead");
}

asio::awaitable<Result<void>> serveMkdir(Call& call)
{
    Tree tree{call, call.files.mutableFiles(), call.files.directories(), nullptr, false, {}};
    TARN_CO_TRY(const bool redirect, call.arguments.boolean("redirect_to_result", false));
    TARN_CO_TRY(std::string cap, co_await createDirectory(tree));
    TARN_CO_TRY(std::string location, whenDone(call.arguments, cap));
    const bool toResult = redirect && call.method() == "POST";
    if (toResult) location = "/uri/" + net::percentEncode(cap);
    Reply reply = plainReply(std::move(cap));
    if (!location.empty()) reply = redirectReply(std::move(location));
    if (toResult) reply.status = 303;
    co_return co_await send(call.exchange, std::move(reply));
}

asio::awaitable<Result<void>> serveNewMutable(Call& call, UploadSource& source)
{
    Tree tree{call, call.files.mutableFiles(), call.files.directories(), nullptr, true, {}};
    TARN_CO_TRY(const std::string cap, co_await storeFile(tree, source));
    co_return co_await answerPost(tree, cap, cap);
}

} // namespace

asio::awaitable<Result<void>> servePut(Call& call)
{
    if (isMkdir(call)) co_return co_await serveMkdir(call);
    TARN_CO_TRY_VOID(checkOperation(call, false));
    if (call.exchange.head().headers.find("Content-Range"))
        co_return call.refuse(501, "Content-Range is not supported when storing a file");
    TARN_CO_TRY(const bool isMutable, wantsMutable(call));
    BodySource source(call);
    if (isMutable) co_return co_await serveNewMutable(call, source);
    TARN_CO_TRY(UploadResult result, co_await uploadFile(call, source));
    Reply reply = plainReply(std::move(result.readCap));
    co_return co_await send(call.exchange, std::move(reply));
}

asio::awaitable<Result<void>> servePost(Call& call)
{
    TARN_CO_TRY_VOID(checkWhenDone(call.arguments)); // of the query, before the body
    const bool bodyIsJson = isMkdir(call) && call.operation() != "mkdir";
    if (bodyIsJson) co_return co_await serveMkdir(call);
    FormReader form(call);
    TARN_CO_TRY(const bool found, co_await form.readForm());
    TARN_CO_TRY_VOID(checkWhenDone(call.arguments)); // of a field
    if (isMkdir(call)) {
        TARN_CO_TRY_VOID(co_await requireForm(call));
        co_return co_await serveMkdir(call);
    }
    TARN_CO_TRY_VOID(checkOperation(call, true));
    if (!found) {
        co_return Error(ErrorCode::InvalidInput,
                        "the form has no part named file; send multipart/form-data");
    }
    TARN_CO_TRY(const bool isMutable, wantsMutable(call));
    if (isMutable) co_return co_await serveNewMutable(call, form);
    TARN_CO_TRY(const UploadResult result, co_await uploadFile(call, form));
    TARN_CO_TRY(std::string location, whenDone(call.arguments, result.readCap));
    Reply reply =
        location.empty() ? htmlReply(uploadPage(result)) : redirectReply(std::move(location));
    co_return co_await send(call.exchange, std::move(reply));
}

asio::awaitable<Result<void>> serveRedirect(Call& call)
{
    const std::string* cap = call.arguments.find("uri");
    if (!cap) co_return Error(ErrorCode::InvalidInput, "GET /uri requires uri=");
    TARN_CO_TRY(const CapInfo info, describeCap(*cap));
    if (info.kind == CapInfo::Kind::Unknown)
        co_return Error(ErrorCode::InvalidInput, "Invalid capability");
    std::string location = "/uri/" + net::percentEncode(*cap);
    char separator = '?';
    for (const auto& [name, value] : call.arguments) {
        if (name == "uri") continue;
        location += separator + net::percentEncode(name) + "=" + net::percentEncode(value);
        separator = '&';
    }
    Reply reply = redirectReply(std::move(location));
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
