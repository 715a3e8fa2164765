#include "client-gateway/web/charset.h"
#include "client-gateway/web/etag.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/info_page.h"
#include "client-gateway/web/json_texts.h"
#include "client-gateway/web/listing_page.h"
#include "client-gateway/web/tree.h"
#include "core/cap/parse.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

constexpr std::size_t kMaxChildrenBytes = 32U << 20U;

class EmptySource final : public UploadSource
{
public:
    asio::awaitable<Result<std::size_t>> read(MutableByteView) override
    {
        co_return std::size_t{0};
    }
};

/// \param otherwise  what an empty body means.
asio::awaitable<Result<std::vector<NewChild>>> readChildren(Call& call, std::string_view otherwise)
{
    Result<Bytes> body = co_await call.exchange.readAll(kMaxChildrenBytes);
    if (!body && body.error().code() == ErrorCode::InvalidInput)
        co_return call.refuse(413, "children of more than 32 MiB");
    TARN_CO_TRY(const Bytes bytes, std::move(body));
    co_return childrenFromJson(bytes.empty() ? otherwise : asText(bytes));
}

/// Of a new directory: an empty body means none.
asio::awaitable<Result<std::vector<NewChild>>> readFirstChildren(Tree& tree)
{
    if (tree.form) co_return wantsJson(tree.call);
    co_return co_await readChildren(tree.call, "{}");
}

asio::awaitable<Result<void>> postMkdir(Tree& tree)
{
    const std::string* given = tree.call.arguments.find("name");
    if (!given || given->empty()) { // it is there already
        const std::string cap = tree.target.object->text;
        co_return co_await answerPost(tree, cap, cap);
    }
    TARN_CO_TRY(const std::string name, nameArgument(tree.call.arguments, "name", Blanks::Kept));
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
    TARN_CO_TRY(const std::string name, nameArgument(tree.call.arguments, "name", Blanks::Kept));
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
    TARN_CO_TRY(std::vector<NewChild> children, co_await readChildren(tree.call, ""));
    const Result<std::vector<Removed>> linked =
        co_await tree.directories.link(directory, std::move(children), replace);
    if (!linked) co_return linked.error();
    co_return co_await answerPost(tree, "Okay so I did it.", directory);
}

asio::awaitable<Result<void>> postUnlink(Tree& tree)
{
    TARN_CO_TRY(const std::string name, nameArgument(tree.call.arguments, "name", Blanks::Kept));
    const std::string directory = tree.target.object->text;
    TARN_CO_TRY_VOID(requireWriteable(*tree.target.object));
    const Result<DirectoryChild> removed =
        co_await tree.directories.unlink(directory, name, ChildKind::Any);
    if (!removed) co_return removed.error();
    co_return co_await answerPost(tree, "thing unlinked", directory);
}

/// $DIRCAP[/path], nothing of it percent-encoded; one slash may end it.
std::vector<std::string> splitPath(std::string_view path)
{
    if (path.ends_with('/')) path.remove_suffix(1);
    std::vector<std::string> out;
    for (std::size_t slash = 0; slash != std::string_view::npos;) {
        slash = path.find('/');
        out.emplace_back(path.substr(0, slash));
        path.remove_prefix(std::min(slash, path.size() - 1) + 1);
    }
    return out;
}

/// to_dir=$DIRCAP[/path]; absent: the directory itself.
asio::awaitable<Result<std::string>> destination(Tree& tree)
{
    const Arguments& arguments = tree.call.arguments;
    TARN_CO_TRY(const std::string asked,
                utf8Of(arguments.trimmed("to_dir"), arguments.trimmed("_charset")));
    if (asked.empty()) co_return tree.target.object->text;
    std::vector<std::string> names = splitPath(asked);
    std::string root = std::move(names.front());
    names.erase(names.begin());
    TARN_CO_TRY(const Target target, co_await resolve(tree.call, tree.directories, std::move(root),
                                                      std::move(names), false));
    if (!target.object) co_return Error(ErrorCode::NotFound, "No such child: " + target.name);
    if (target.object->kind != CapInfo::Kind::Directory)
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
    TARN_CO_TRY(const std::string from, nameArgument(arguments, "from_name", Blanks::Stripped));
    std::string to = from;
    if (rename || !arguments.trimmed("to_name").empty()) {
        TARN_CO_TRY(to, nameArgument(arguments, "to_name", Blanks::Stripped));
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
    if (tree.call.arguments.trimmed("name").empty())
        tree.call.arguments.replace("name", tree.form->fileName());
    TARN_CO_TRY(std::string name, nameArgument(tree.call.arguments, "name", Blanks::Stripped));
    const std::string directory = tree.target.object->text;
    std::vector<std::string> names;
    names.push_back(std::move(name));
    TARN_CO_TRY(tree.target,
                co_await resolve(tree.call, tree.directories, directory, std::move(names), false));
    if (tree.target.object && tree.target.object->kind == CapInfo::Kind::Directory)
        co_return Error(ErrorCode::Exists, "a directory has this name");
    co_return co_await serveStore(tree, *tree.form);
}

/// An empty file is an empty directory; nobody knows it before the children are in it.
asio::awaitable<Result<std::string>> createWithKey(Tree& tree, MutableCreation how,
                                                   std::vector<NewChild> children)
{
    EmptySource nothing;
    TARN_CO_TRY(const cap::MutableWriteCap made,
                co_await tree.mutableFiles.create(nothing, std::move(how)));
    const cap::DirectoryCap directory{made};
    const std::string text = cap::printCap(cap::Cap(directory));
    if (children.empty()) co_return text;
    const Result<std::vector<Removed>> linked =
        co_await tree.directories.link(text, std::move(children), Replace::No);
    if (!linked) co_return linked.error();
    co_return text;
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
        TARN_CO_TRY(children, co_await readFirstChildren(tree));
    }
    if (operation == "mkdir-immutable")
        co_return co_await tree.directories.createImmutable(std::move(children));
    const cap::MutableFormat kind =
        format == FileFormat::Mdmf ? cap::MutableFormat::Mdmf : cap::MutableFormat::Sdmf;
    TARN_CO_TRY(std::optional<crypto::RsaKey> key, privateKeyOf(tree.call.arguments));
    if (!key) co_return co_await tree.directories.create(kind, std::move(children));
    MutableCreation how;
    how.format = kind;
    how.key = std::move(key);
    co_return co_await createWithKey(tree, std::move(how), std::move(children));
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
    TARN_CO_TRY(const bool replaced, co_await linkTarget(tree, cap, Replace::No));
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
        Reply page = htmlReply(infoPage(cap, call.files.freshHandle()));
        co_return co_await send(call.exchange, std::move(page));
    }
    if (operation == "rename-form") {
        TARN_CO_TRY(const std::string name, nameArgument(call.arguments, "name", Blanks::Kept));
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
    const auto prohibited = [&call](const std::string& index) {
        return call.files.prohibits(index);
    };
    Reply reply = operation == "json" ? plainReply(directoryJson(cap, **listed, prohibited))
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
