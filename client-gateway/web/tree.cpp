#include "client-gateway/web/tree.h"

#include "client-gateway/dirs/child_name.h"
#include "client-gateway/web/charset.h"
#include "client-gateway/web/when_done.h"
#include "core/cap/parse.h"
#include "core/codec/base64.h"

#include <algorithm>
#include <array>
#include <span>

namespace tarn::gateway::web {

namespace {

bool isReadableDirectory(const CapInfo& cap)
{
    return cap.kind == CapInfo::Kind::Directory && !cap.isVerifier;
}

/// A new directory that holds nothing but `cap`, under `name`.
asio::awaitable<Result<std::string>> directoryOf(DirectoryService& directories, std::string name,
                                                 std::string cap)
{
    std::vector<NewChild> none;
    TARN_CO_TRY(const std::string made,
                co_await directories.create(cap::MutableFormat::Sdmf, std::move(none)));
    std::vector<NewChild> children(1);
    children[0].name = std::move(name);
    children[0].write = std::move(cap);
    const Result<std::vector<Removed>> linked =
        co_await directories.link(made, std::move(children), Replace::No);
    if (!linked) co_return linked.error();
    co_return made;
}

/// Nobody sees the missing directories before the last step, which links the first of them.
asio::awaitable<Result<void>> linkBelowMissing(Tree& tree, std::string cap)
{
    const Target& target = tree.target;
    std::string name = target.name;
    for (auto above = target.missing.rbegin(); above != target.missing.rend(); ++above) {
        TARN_CO_TRY(cap, co_await directoryOf(tree.directories, name, cap));
        name = *above;
    }
    TARN_CO_TRY(const bool replaced,
                co_await linkChild(tree, *target.parent, name, cap, Replace::No));
    static_cast<void>(replaced);
    co_return ok();
}

/// The target has no object: what is left of the names is to be made.
Result<void> noteMissing(Target& at, std::span<const std::string> rest)
{
    TARN_TRY_VOID(requireWriteable(*at.parent));
    if (rest.size() > kMostMissing) {
        return Error(ErrorCode::InvalidInput, "more than " + std::to_string(kMostMissing) +
                                                  " directories on the way are missing");
    }
    for (const std::string& name : rest) {
        at.missing.push_back(std::move(at.name));
        TARN_TRY(at.name, normalizedName(name));
    }
    return ok();
}

} // namespace

Result<std::optional<crypto::RsaKey>> privateKeyOf(const Arguments& arguments)
{
    const std::string_view text = arguments.trimmed("private-key");
    if (text.empty()) return std::optional<crypto::RsaKey>();
    std::string padded(text);
    while (padded.size() % 4 != 0)
        padded += '=';
    const Result<Bytes> der = codec::decodeBase64UrlPadded(padded);
    if (!der) return Error(ErrorCode::InvalidInput, "private-key= is no urlsafe base64");
    Result<crypto::RsaKey> key = crypto::RsaKey::fromDer(*der);
    if (!key) return std::move(key).error().within("private-key=");
    return std::optional<crypto::RsaKey>(std::move(*key));
}

bool makesParents(const Call& call)
{
    constexpr std::array<std::string_view, 4> kNotMaking{"delete", "rename", "rename-form",
                                                         "check"};
    const bool writes = call.method() == "PUT" || call.method() == "POST";
    return writes &&
           std::find(kNotMaking.begin(), kNotMaking.end(), call.operation()) == kNotMaking.end();
}

Error noChildren(Call& call)
{
    if (makesParents(call)) {
        return call.refuse(409, "Cannot create this entry, because its parent is a file, not a "
                                "directory");
    }
    return call.refuse(400, "Files have no children");
}

Error wantsJson(const Call& call)
{
    return Error(ErrorCode::InvalidInput, "t=" + std::string(call.operation()) +
                                              " belongs in the query: the body is the children, "
                                              "as JSON");
}

asio::awaitable<Result<Target>> resolve(Call& call, DirectoryService& directories, std::string cap,
                                        std::vector<std::string> names, bool mayMiss)
{
    Target at;
    TARN_CO_TRY(at.object, describeCap(cap));
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!isReadableDirectory(*at.object)) co_return noChildren(call);
        TARN_CO_TRY(at.name, normalizedName(names[i]));
        at.parent = std::move(at.object);
        at.object.reset();
        at.metadata.clear();
        const std::string directory = at.parent->text;
        TARN_CO_TRY(const std::shared_ptr<const DirectoryContents> contents,
                    co_await directories.list(directory));
        const auto found = contents->children.find(at.name);
        if (found != contents->children.end()) {
            at.object = describeNode(found->second.node);
            at.metadata = found->second.metadata;
        } else if (i + 1 < names.size()) {
            if (!mayMiss) co_return Error(ErrorCode::NotFound, "No such child: " + at.name);
            TARN_CO_TRY_VOID(noteMissing(at, std::span(names).subspan(i + 1)));
            break;
        }
    }
    co_return at;
}

Result<Replace> replaceOf(const Arguments& arguments, bool onlyFiles)
{
    if (onlyFiles && equalIgnoringCase(arguments.trimmed("replace"), "only-files"))
        return Replace::OnlyFiles;
    TARN_TRY(const bool replace, arguments.boolean("replace", true));
    return replace ? Replace::Yes : Replace::No;
}

Result<std::string> nameArgument(const Arguments& arguments, std::string_view field, Blanks blanks)
{
    const std::string* given = arguments.find(field);
    std::string_view raw = given ? std::string_view(*given) : std::string_view();
    if (blanks == Blanks::Stripped) raw = trim(raw);
    TARN_TRY(const std::string name, utf8Of(raw, arguments.trimmed("_charset")));
    if (name.empty()) return Error(ErrorCode::InvalidInput, std::string(field) + "= is required");
    if (name.find('/') != std::string::npos)
        return Error(ErrorCode::InvalidInput, std::string(field) + "= may not contain a slash");
    return normalizedName(name);
}

Result<void> requireWriteable(const CapInfo& directory)
{
    if (!directory.write.empty()) return ok();
    return Error(ErrorCode::NotWriteable,
                 "NotWriteableError: this capability only reads, it cannot change the directory");
}

asio::awaitable<Result<std::string>> storeFile(Tree& tree, UploadSource& source)
{
    Call& call = tree.call;
    TARN_CO_TRY(const FileFormat format, formatOf(call.arguments));
    if (format == FileFormat::Chk) {
        TARN_CO_TRY(UploadResult result, co_await uploadFile(call, source));
        co_return std::move(result.readCap);
    }
    MutableCreation how;
    how.format = format == FileFormat::Mdmf ? cap::MutableFormat::Mdmf : cap::MutableFormat::Sdmf;
    TARN_CO_TRY(how.key, privateKeyOf(call.arguments));
    TARN_CO_TRY(const cap::MutableWriteCap made,
                co_await tree.mutableFiles.create(source, std::move(how)));
    const cap::Cap whole = made;
    co_return cap::printCap(whole);
}

asio::awaitable<Result<bool>> linkChild(Tree& tree, CapInfo directory, std::string name,
                                        std::string cap, Replace replace)
{
    std::vector<NewChild> children(1);
    children[0].name = std::move(name);
    children[0].write = std::move(cap);
    TARN_CO_TRY(
        const std::vector<Removed> before,
        co_await tree.directories.link(std::move(directory.text), std::move(children), replace));
    co_return !before.empty() && before.front().has_value();
}

asio::awaitable<Result<bool>> linkTarget(Tree& tree, std::string cap, Replace replace)
{
    constexpr int kTries = 5;
    for (int tries = 1; !tree.target.missing.empty(); ++tries) {
        const Result<void> made = co_await linkBelowMissing(tree, cap);
        if (made) co_return false;
        if (made.error().code() != ErrorCode::Exists || tries == kTries) co_return made.error();
        // Somebody else has made the first of them meanwhile.
        TARN_CO_TRY(tree.target, co_await resolve(tree.call, tree.directories, tree.call.route.cap,
                                                  tree.call.route.names, true));
    }
    const Target& target = tree.target;
    co_return co_await linkChild(tree, *target.parent, target.name, std::move(cap), replace);
}

asio::awaitable<Result<void>> answerPost(Tree& tree, std::string text, std::string cap)
{
    TARN_CO_TRY(std::string location, whenDone(tree.call.arguments, cap));
    Reply reply = plainReply(std::move(text));
    if (!location.empty()) reply = redirectReply(std::move(location));
    co_return co_await send(tree.call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
