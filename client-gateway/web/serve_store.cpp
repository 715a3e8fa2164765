#include "client-gateway/web/tree.h"
#include "core/cap/parse.h"

namespace tarn::gateway::web {

namespace {

asio::awaitable<Result<void>> overwrite(Tree& tree, UploadSource& source,
                                        std::optional<std::uint64_t> offset)
{
    const cap::Cap parsed = cap::parseCap(tree.target.object->text);
    const auto* write = std::get_if<cap::MutableWriteCap>(&parsed);
    if (!write) {
        co_return Error(ErrorCode::NotWriteable,
                        "NotWriteableError: this capability only reads the file");
    }
    const cap::MutableWriteCap file = *write;
    if (!offset) co_return co_await tree.mutableFiles.overwrite(file, source);
    co_return co_await tree.mutableFiles.update(file, *offset, source);
}

asio::awaitable<Result<void>> answer(Tree& tree, unsigned status, std::string cap)
{
    if (tree.call.method() == "POST") co_return co_await answerPost(tree, cap, cap);
    Reply reply = plainReply(std::move(cap));
    reply.status = status;
    co_return co_await send(tree.call.exchange, std::move(reply));
}

Result<void> checkTarget(Tree& tree, bool hasOffset, Replace replace)
{
    const Target& target = tree.target;
    if (hasOffset)
        return Error(ErrorCode::InvalidInput, "offset= is only possible on a mutable file");
    if (!target.parent) {
        return tree.call.refuse(400, "an immutable file cannot be changed; PUT /uri stores a new "
                                     "one");
    }
    TARN_TRY_VOID(requireWriteable(*target.parent));
    if (target.object && replace == Replace::No)
        return Error(ErrorCode::Exists, "There was already a child by that name, and you asked me "
                                        "to not replace it.");
    return ok();
}

} // namespace

asio::awaitable<Result<void>> serveStore(Tree& tree, UploadSource& source)
{
    Call& call = tree.call;
    const Target& target = tree.target;
    TARN_CO_TRY(const std::optional<std::uint64_t> offset, call.arguments.number("offset"));
    TARN_CO_TRY(const Replace replace, replaceOf(call.arguments, call.method() == "PUT"));
    if (call.exchange.head().headers.find("Content-Range"))
        co_return call.refuse(501, "Content-Range is not supported when storing a file");
    const bool mutableFile = target.object && target.object->kind == CapInfo::Kind::Mutable &&
                             !target.object->isVerifier;
    if (mutableFile && (replace != Replace::No || !target.parent)) {
        TARN_CO_TRY_VOID(co_await overwrite(tree, source, offset));
        co_return co_await answer(tree, 200, target.object->text);
    }
    TARN_CO_TRY_VOID(checkTarget(tree, offset.has_value(), replace));
    TARN_CO_TRY(const std::string cap, co_await storeFile(tree, source));
    TARN_CO_TRY(const bool replaced, co_await linkTarget(tree, cap, replace));
    co_return co_await answer(tree, replaced ? 200 : 201, cap);
}

} // namespace tarn::gateway::web
