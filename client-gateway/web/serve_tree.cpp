#include "client-gateway/web/etag.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/info_page.h"
#include "client-gateway/web/json_texts.h"
#include "client-gateway/web/tree.h"
#include "client-gateway/web/when_done.h"
#include "core/cap/parse.h"

namespace tarn::gateway::web {

namespace {

using Kind = CapInfo::Kind;

bool takesJson(std::string_view operation)
{
    return operation == "set_children" || operation == "set-children" ||
           operation == "mkdir-with-children" || operation == "mkdir-immutable";
}

bool isDirectory(const CapInfo& cap)
{
    return cap.kind == Kind::Directory && !cap.isVerifier;
}

/// Nothing but t=info and t=json is possible on these (spec 08 section 3).
bool isOpaque(const CapInfo& cap)
{
    return cap.kind == Kind::Unknown || (cap.isVerifier && cap.kind != Kind::Verifier);
}

/// A mutable file's size is read from the grid; where that fails it stays unknown.
asio::awaitable<Result<void>> serveFileJson(Tree& tree)
{
    CapInfo cap = *tree.target.object;
    const cap::Cap parsed = cap::parseCap(cap.text);
    std::optional<MutableReadable> file;
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&parsed)) file = *write;
    if (const auto* read = std::get_if<cap::MutableReadCap>(&parsed)) file = *read;
    if (file) {
        const MutableReadable readable = *file;
        const Result<std::shared_ptr<Download>> opened = co_await tree.mutableFiles.open(readable);
        if (opened) cap.size = (*opened)->size();
    }
    Reply reply = plainReply(capJson(cap, tree.target.metadata));
    co_return co_await send(tree.call.exchange, std::move(reply));
}

asio::awaitable<Result<void>> serveGetFile(Tree& tree)
{
    Call& call = tree.call;
    const CapInfo& cap = *tree.target.object;
    const std::string operation(call.operation());
    if (call.isHead() && !operation.empty())
        co_return Error(ErrorCode::InvalidInput, "HEAD file: bad t=" + operation);
    if (operation == "json") co_return co_await serveFileJson(tree);
    if (operation == "info") {
        Reply page = htmlReply(infoPage(cap));
        co_return co_await send(call.exchange, std::move(page));
    }
    if (isOpaque(cap)) {
        co_return call.refuse(400, "this capability is of a kind unknown to this version: only "
                                   "t=info and t=json are possible");
    }
    // Below a directory t=json tells the link's metadata, which may change.
    const bool tagged = operation.empty() || operation == "uri" || operation == "readonly-uri";
    const std::string etag = tagged ? etagOf(cap, operation) : std::string();
    if (clientHasIt(call, etag)) co_return co_await notModified(call, etag);
    if (operation.empty()) {
        const std::string* asked = call.arguments.find("filename");
        const std::string name = asked ? *asked : tree.target.name;
        co_return co_await serveContents(call, cap, name);
    }
    if (operation != "uri" && operation != "readonly-uri")
        co_return Error(ErrorCode::InvalidInput, "GET file: bad t=" + operation);
    Reply reply = plainReply(operation == "uri" ? cap.text : cap.readOnly);
    if (!etag.empty()) reply.headers.set("ETag", etag);
    co_return co_await send(call.exchange, std::move(reply));
}

/// PUT t=uri: the body is the capability to be linked under the name.
asio::awaitable<Result<void>> servePutUri(Tree& tree)
{
    Call& call = tree.call;
    if (!tree.target.parent)
        co_return call.refuse(400, "PUT t=uri needs the name of a child of a directory");
    TARN_CO_TRY(const Replace replace, replaceOf(call.arguments, true));
    TARN_CO_TRY_VOID(requireWriteable(*tree.target.parent));
    Result<Bytes> body = co_await call.exchange.readAll(64 * 1024);
    if (!body && body.error().code() == ErrorCode::InvalidInput)
        co_return call.refuse(413, "a capability of more than 64 KiB");
    TARN_CO_TRY(const Bytes bytes, std::move(body));
    const std::string cap(trim(asText(bytes)));
    TARN_CO_TRY(const bool replaced, co_await linkTarget(tree, cap, replace));
    static_cast<void>(replaced);
    Reply reply = plainReply(cap);
    co_return co_await send(call.exchange, std::move(reply));
}

asio::awaitable<Result<void>> servePut(Tree& tree)
{
    Call& call = tree.call;
    const std::string operation(call.operation());
    const bool directory = tree.target.object && isDirectory(*tree.target.object);
    if (operation == "uri") co_return co_await servePutUri(tree);
    if (operation == "mkdir") {
        TARN_CO_TRY(std::string cap, co_await makeDirectory(tree));
        Reply reply = plainReply(std::move(cap));
        co_return co_await send(call.exchange, std::move(reply));
    }
    if (!operation.empty()) co_return Error(ErrorCode::InvalidInput, "PUT: bad t=" + operation);
    if (directory) co_return call.refuse(400, "PUT to a directory");
    BodySource source(call);
    co_return co_await serveStore(tree, source);
}

asio::awaitable<Result<void>> serveDelete(Tree& tree)
{
    Call& call = tree.call;
    if (!tree.target.parent)
        co_return call.refuse(400, "DELETE needs the name of a child of a directory");
    if (!tree.target.object)
        co_return Error(ErrorCode::NotFound, "No such child: " + tree.target.name);
    TARN_CO_TRY_VOID(requireWriteable(*tree.target.parent));
    const std::string directory = tree.target.parent->text;
    TARN_CO_TRY(const DirectoryChild removed,
                co_await tree.directories.unlink(directory, tree.target.name, ChildKind::Any));
    Reply reply = plainReply(describeNode(removed.node).text);
    co_return co_await send(call.exchange, std::move(reply));
}

/// POST on a file, or on a name that is free.
asio::awaitable<Result<void>> servePostFile(Tree& tree)
{
    Call& call = tree.call;
    const std::string operation(call.operation());
    if (operation == "check" && tree.target.object)
        co_return co_await serveCheck(call, *tree.target.object);
    if (operation == "upload") {
        if (!tree.hasFile)
            co_return Error(ErrorCode::InvalidInput, "the form has no part named file");
        co_return co_await serveStore(tree, *tree.form);
    }
    if (!tree.target.object && operation.starts_with("mkdir")) {
        TARN_CO_TRY(const std::string cap, co_await makeDirectory(tree));
        co_return co_await answerPost(tree, cap, cap);
    }
    if (!tree.target.object && !makesParents(call))
        co_return Error(ErrorCode::NotFound, "No such child: " + tree.target.name);
    co_return Error(ErrorCode::InvalidInput, "POST to file: bad t=" + operation);
}

asio::awaitable<Result<void>> serveTarget(Tree& tree)
{
    Call& call = tree.call;
    const bool reads = call.method() == "GET" || call.isHead();
    const bool there = tree.target.object.has_value();
    const bool unlinks = call.method() == "DELETE" && tree.target.parent;
    if (there && isOpaque(*tree.target.object) && !reads && !unlinks)
        co_return call.refuseMethod("nothing can be done to an object of an unknown kind");
    if (reads && !there) co_return Error(ErrorCode::NotFound, "No such child: " + tree.target.name);
    const bool directory = there && isDirectory(*tree.target.object);
    if (reads && directory) co_return co_await serveGetDirectory(tree);
    if (reads) co_return co_await serveGetFile(tree);
    if (call.method() == "PUT") co_return co_await servePut(tree);
    if (call.method() == "DELETE") co_return co_await serveDelete(tree);
    if (call.method() != "POST") co_return call.refuseMethod("this method is not possible here");
    if (directory) co_return co_await servePostDirectory(tree);
    co_return co_await servePostFile(tree);
}

} // namespace

asio::awaitable<Result<void>> serveTree(Call& call)
{
    FormReader form(call);
    Tree tree{call, call.files.mutableFiles(), call.files.directories(), nullptr, false, {}};
    if (call.method() == "POST" && !takesJson(call.operation())) {
        TARN_CO_TRY_VOID(checkWhenDone(call.arguments));
        TARN_CO_TRY(tree.hasFile, co_await form.readForm());
        tree.form = &form;
    }
    TARN_CO_TRY_VOID(checkWhenDone(call.arguments)); // before anything is changed
    const bool mayMiss = makesParents(call);
    TARN_CO_TRY(tree.target, co_await resolve(call, tree.directories, call.route.cap,
                                              call.route.names, mayMiss));
    const bool file =
        tree.target.object && !isDirectory(*tree.target.object) && !isOpaque(*tree.target.object);
    if (file && call.route.asFolder) co_return noChildren(call);
    co_return co_await serveTarget(tree);
}

} // namespace tarn::gateway::web
