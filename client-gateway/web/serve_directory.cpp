#include "client-gateway/web/etag.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/json_texts.h"
#include "client-gateway/web/listing_page.h"
#include "client-gateway/web/pages.h"
#include "client-gateway/web/tree.h"
#include "core/net/http_message.h"

namespace tarn::gateway::web {

namespace {

constexpr std::size_t kMaxChildrenBytes = 32U << 20U;

asio::awaitable<Result<std::vector<NewChild>>> readChildren(Call& call)
{
    Result<Bytes> body = co_await call.exchange.readAll(kMaxChildrenBytes);
    if (!body && body.error().code() == ErrorCode::InvalidInput)
        co_return call.refuse(413, "children of more than 32 MiB");
    TARN_CO_TRY(const Bytes bytes, std::move(body));
    co_return childrenFromJson(asText(bytes));
}

asio::awaitable<Result<void>> postMkdir(Tree& tree)
{
    if (tree.call.arguments.trimmed("name").empty()) { // it is there already
        const std::string cap = tree.target.object->text;
        co_return co_await answerPost(tree, cap, cap);
    }
    TARN_CO_TRY(const std::string name, nameArgument(tree.call.arguments, "name"));
    TARN_CO_TRY(Replace replace, replaceOf(tree.call.arguments, false));
    if (tree.call.operation() != "mkdir") replace = Replace::No;
    const CapInfo directory = *tree.target.object;
    TARN_CO_TRY_VOID(requireWriteable(directory));
    TARN_CO_TRY(const std::string cap, co_await createDirectory(tree));
    TARN_CO_TRY(const bool replaced, co_await linkChild(tree, directory, name, cap, replace));
    static_cast<void>(replaced);
    co_return co_await answerPost(tree, cap, cap);
}

asio::awaitable<Result<void>> postUri(Tree& tree)
{
    TARN_CO_TRY(const std::string name, nameArgument(tree.call.arguments, "name"));
    TARN_CO_TRY(const Replace replace, replaceOf(tree.call.arguments, true));
    const std::string cap(tree.call.arguments.trimmed("uri"));
    if (cap.empty()) co_return Error(ErrorCode::InvalidInput, "uri= is required");
    const CapInfo directory = *tree.target.object;
    TARN_CO_TRY_VOID(requireWriteable(directory));
    TARN_CO_TRY(const bool replaced, co_await linkChild(tree, directory, name, cap, replace));
    static_cast<void>(replaced);
    co_return co_await answerPost(tree, cap, cap);
}

asio::awaitable<Result<void>> postChildren(Tree& tree)
{
    TARN_CO_TRY(const Replace replace, replaceOf(tree.call.arguments, true));
    const std::string directory = tree.target.object->text;
    TARN_CO_TRY_VOID(requireWriteable(*tree.target.object));
    TARN_CO_TRY(std::vector<NewChild> children, co_await readChildren(tree.call));
    const Result<std::vector<Removed>> linked =
        co_await tree.directories.link(directory, std::move(children), replace);
    if (!linked) co_return linked.error();
    co_return co_await answerPost(tree, "Okay so I did it.", directory);
}

asio::awaitable<Result<void>> postUnlink(Tree& tree)
{
    TARN_CO_TRY(const std::string name, nameArgument(tree.call.arguments, "name"));
    const std::string directory = tree.target.object->text;
    TARN_CO_TRY_VOID(requireWriteable(*tree.target.object));
    const Result<DirectoryChild> removed =
        co_await tree.directories.unlink(directory, name, ChildKind::Any);
    if (!removed) co_return removed.error();
    co_return co_await answerPost(tree, "thing unlinked", directory);
}

/// to_dir=$DIRCAP[/path]; absent: the directory itself.
asio::awaitable<Result<std::string>> destination(Tree& tree)
{
    const std::string asked(tree.call.arguments.trimmed("to_dir"));
    if (asked.empty()) co_return tree.target.object->text;
    TARN_CO_TRY(Route route, parseRoute("/uri/" + asked));
    TARN_CO_TRY(const Target target,
                co_await resolve(tree.call, tree.directories, route.cap, route.names, false));
    if (!target.object || target.object->kind != CapInfo::Kind::Directory)
        co_return Error(ErrorCode::InvalidInput, "to_dir= is not a directory");
    TARN_CO_TRY_VOID(requireWriteable(*target.object));
    co_return target.object->text;
}

asio::awaitable<Result<void>> postMove(Tree& tree)
{
    const Arguments& arguments = tree.call.arguments;
    const bool rename = tree.call.operation() == "rename";
    if (rename && arguments.find("to_dir"))
        co_return Error(ErrorCode::InvalidInput, "t=rename has no to_dir=, t=relink has");
    TARN_CO_TRY(const std::string from, nameArgument(arguments, "from_name"));
    std::string to = from;
    if (rename || !arguments.trimmed("to_name").empty()) {
        TARN_CO_TRY(to, nameArgument(arguments, "to_name"));
    }
    TARN_CO_TRY(const Replace replace, replaceOf(arguments, true));
    TARN_CO_TRY_VOID(requireWriteable(*tree.target.object));
    TARN_CO_TRY(const std::string target, co_await destination(tree));
    const std::string source = tree.target.object->text;
    TARN_CO_TRY_VOID(co_await tree.directories.move(source, from, target, to, replace));
    co_return co_await answerPost(tree, "thing moved", source);
}

/// The child that name=, or else the file's own name, means becomes the target.
asio::awaitable<Result<void>> postUpload(Tree& tree)
{
    if (!tree.hasFile) co_return Error(ErrorCode::InvalidInput, "the form has no part named file");
    Arguments named;
    const std::string given(tree.call.arguments.trimmed("name"));
    named.add("name", given.empty() ? tree.form->fileName() : given);
    TARN_CO_TRY(std::string name, nameArgument(named, "name"));
    const std::string directory = tree.target.object->text;
    std::vector<std::string> names;
    names.push_back(std::move(name));
    TARN_CO_TRY(tree.target,
                co_await resolve(tree.call, tree.directories, directory, std::move(names), false));
    if (tree.target.object && tree.target.object->kind == CapInfo::Kind::Directory)
        co_return Error(ErrorCode::Exists, "a directory has this name");
    co_return co_await serveStore(tree, *tree.form);
}

} // namespace

asio::awaitable<Result<std::string>> createDirectory(Tree& tree)
{
    const std::string operation(tree.call.operation());
    TARN_CO_TRY(const FileFormat format, formatOf(tree.call.arguments));
    const bool asked = tree.call.arguments.find("format") != nullptr;
    if (asked && format == FileFormat::Chk)
        co_return Error(ErrorCode::InvalidInput, "a mutable directory cannot have format=CHK");
    std::vector<NewChild> children;
    if (operation != "mkdir") {
        TARN_CO_TRY(children, co_await readChildren(tree.call));
    }
    if (operation == "mkdir-immutable")
        co_return co_await tree.directories.createImmutable(std::move(children));
    const cap::MutableFormat kind =
        format == FileFormat::Mdmf ? cap::MutableFormat::Mdmf : cap::MutableFormat::Sdmf;
    co_return co_await tree.directories.create(kind, std::move(children));
}

asio::awaitable<Result<std::string>> makeDirectory(Tree& tree)
{
    const Target& target = tree.target;
    if (target.object && target.object->kind == CapInfo::Kind::Directory)
        co_return target.object->text;
    if (target.object || !target.parent)
        co_return Error(ErrorCode::InvalidInput, "a file has this name");
    TARN_CO_TRY_VOID(requireWriteable(*target.parent));
    TARN_CO_TRY(const std::string cap, co_await createDirectory(tree));
    TARN_CO_TRY(const bool replaced,
                co_await linkChild(tree, *target.parent, target.name, cap, Replace::No));
    static_cast<void>(replaced);
    co_return cap;
}

asio::awaitable<Result<void>> serveGetDirectory(Tree& tree)
{
    Call& call = tree.call;
    const CapInfo& cap = *tree.target.object;
    const std::string operation(call.operation());
    const bool tagged = operation.empty() || operation == "json" || operation == "uri" ||
                        operation == "readonly-uri";
    const std::string etag = tagged ? etagOf(cap, operation) : std::string();
    if (clientHasIt(call, etag)) co_return co_await notModified(call, etag);
    if (operation == "uri" || operation == "readonly-uri") {
        Reply reply = plainReply(operation == "uri" ? cap.text : cap.readOnly);
        if (!etag.empty()) reply.headers.set("ETag", etag);
        co_return co_await send(call.exchange, std::move(reply));
    }
    if (operation == "info") {
        Reply page = htmlReply(infoPage(cap));
        co_return co_await send(call.exchange, std::move(page));
    }
    if (operation == "rename-form") {
        TARN_CO_TRY(const std::string name, nameArgument(call.arguments, "name"));
        Reply page = htmlReply(renamePage(cap, name));
        co_return co_await send(call.exchange, std::move(page));
    }
    if (!operation.empty() && operation != "json")
        co_return Error(ErrorCode::InvalidInput, "GET directory: bad t=" + operation);
    const Result<std::shared_ptr<const DirectoryContents>> listed =
        co_await tree.directories.list(cap.text);
    if (!listed && operation == "json") {
        Reply problem = jsonReply(errorJson(listed.error(), nullptr));
        problem.status = statusOf(listed.error().code());
        co_return co_await send(call.exchange, std::move(problem));
    }
    if (!listed) co_return listed.error();
    Reply reply = operation == "json"
                      ? plainReply(directoryJson(cap, **listed, tree.target.metadata))
                      : htmlReply(listingPage(cap, **listed));
    if (!etag.empty()) reply.headers.set("ETag", etag);
    co_return co_await send(call.exchange, std::move(reply));
}

asio::awaitable<Result<void>> servePostDirectory(Tree& tree)
{
    const std::string operation(tree.call.operation());
    if (operation == "upload") co_return co_await postUpload(tree);
    if (operation == "mkdir" || operation == "mkdir-with-children" ||
        operation == "mkdir-immutable")
        co_return co_await postMkdir(tree);
    if (operation == "uri") co_return co_await postUri(tree);
    if (operation == "set_children" || operation == "set-children")
        co_return co_await postChildren(tree);
    if (operation == "unlink" || operation == "delete") co_return co_await postUnlink(tree);
    if (operation == "rename" || operation == "relink") co_return co_await postMove(tree);
    if (operation == "check") co_return co_await serveCheck(tree.call, *tree.target.object);
    if (isStream(operation)) co_return co_await serveStream(tree);
    if (isStart(operation)) co_return co_await serveStart(tree);
    co_return Error(ErrorCode::InvalidInput, "POST to a directory with bad t=" + operation);
}

} // namespace tarn::gateway::web
