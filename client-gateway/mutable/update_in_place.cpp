#include "client-gateway/mutable/update_in_place.h"

#include "client-gateway/mutable/mutable_download.h"
#include "client-gateway/mutable/publisher.h"
#include "client-gateway/mutable/share_sender.h"

namespace tarn::gateway {

namespace {

enum class InPlace {
    Done,
    NotPossible, ///< nothing was written
    Incomplete   ///< a server failed: its shares are still of the older version
};

/// One attempt; all referred to outlives it.
struct Attempt
{
    const MutableParts& parts;
    const Publication& what;
    VersionReader& old;
    PlainSource& plain; ///< the whole new version
    ByteRange patched;  ///< of it, not empty
};

/// The segments that the new version does not share with the old one.
pipeline::MutableSpan changedSegments(const Attempt& attempt)
{
    const std::uint64_t size = attempt.old.shape().segmentSize();
    pipeline::MutableSpan span;
    span.first = attempt.patched.begin / size;
    span.count = (attempt.patched.end - 1) / size - span.first + 1;
    return span;
}

bool leavesSomethingAsItIs(const Attempt& attempt)
{
    const share::MutableShape& shape = attempt.old.shape();
    if (shape.format() != cap::MutableFormat::Mdmf || shape.size() == 0) return false;
    const std::uint64_t size = shape.segmentSize();
    const std::uint64_t segments = (attempt.plain.size() + size - 1) / size;
    return changedSegments(attempt).count < segments;
}

/// Every copy of the version. Copies of others stay as they are: they are older, and lose.
/// \return nothing where a share has no copy that the change fits.
std::vector<ServerGoal> copiesOf(const Attempt& attempt, const EncodedVersion& encoded)
{
    std::map<std::string, ServerGoal> byServer;
    std::set<ShareNumber> housed;
    for (const auto& [place, mapped] : attempt.what.map.shares) {
        if (mapped.version != attempt.old.version() || !encoded.fitsOver(mapped.layout)) continue;
        ServerGoal& goal = byServer[place.first];
        goal.server = mapped.server;
        goal.shares.insert(place.second);
        housed.insert(place.second);
    }
    std::vector<ServerGoal> goals;
    if (housed.size() < attempt.what.total) return goals;
    const MutableHome* const home = attempt.parts.home;
    if (home != nullptr && byServer[home->server].shares.size() < attempt.what.needed) return goals;
    for (auto& [server, goal] : byServer)
        goals.push_back(std::move(goal));
    return goals;
}

asio::awaitable<Result<InPlace>> sendInPlace(const Attempt& attempt, const EncodedVersion& encoded,
                                             std::vector<ServerGoal> goals, Duration encoding)
{
    const Publication& what = attempt.what;
    const auto log = std::make_shared<TransferLog>(attempt.parts.clock);
    const std::unique_ptr<TransferRecord> record =
        beginTransfer(attempt.parts, what.file, TransferKind::Publish, log, attempt.patched.size());
    record->encoded(what.needed, what.total);
    record->took("encode", encoding);
    const Result<SendOutcome> sent =
        co_await sendShares(attempt.parts, what, encoded, std::move(goals), log);
    tellSending(*record, *log);
    if (!sent || sent->otherWriter) {
        const Error why = sent ? uncoordinatedWrite() : sent.error();
        record->fail(why);
        co_return why;
    }
    if (!sent->failures.empty()) {
        record->fail(sent->failures.begin()->second);
        co_return InPlace::Incomplete;
    }
    record->moved(attempt.patched.size());
    record->succeed();
    rememberWritten(attempt.parts, what.file, encoded.sealed.layout.header, encoded.leaves);
    co_return InPlace::Done;
}

asio::awaitable<Result<InPlace>> tryInPlace(Attempt attempt)
{
    if (!leavesSomethingAsItIs(attempt)) co_return InPlace::NotPossible;
    // The new root covers all shares, so the trees of all must be known.
    const auto leaves = co_await attempt.old.allLeaves();
    if (!leaves) co_return InPlace::NotPossible;
    const TimePoint begun = attempt.parts.clock.now();
    const ChangeBase base{attempt.old.header(), *leaves};
    const pipeline::MutableSpan changed = changedSegments(attempt);
    const Result<EncodedVersion> encoded =
        co_await encodeChange(attempt.parts, attempt.what, attempt.plain, base, changed);
    if (!encoded && encoded.error().code() == ErrorCode::Unsupported)
        co_return InPlace::NotPossible;
    if (!encoded) co_return encoded.error();
    std::vector<ServerGoal> goals = copiesOf(attempt, *encoded);
    if (goals.empty()) co_return InPlace::NotPossible;
    const Duration encoding = attempt.parts.clock.now() - begun;
    co_return co_await sendInPlace(attempt, *encoded, std::move(goals), encoding);
}

} // namespace

asio::awaitable<Result<void>> updateFile(MutableParts parts, MutableFile file, std::uint64_t offset,
                                         PlainSource& patch)
{
    // After a server failed in the middle, the whole file gives its shares another home.
    for (bool mayBeInPlace = true;; mayBeInPlace = false) {
        TARN_CO_TRY(const ServerMap map, co_await makeServerMap(parts, file, MapMode::Write));
        TARN_CO_TRY(const std::shared_ptr<VersionReader> reader, newestOf(parts, file, map));
        if (const auto known = parts.seenVersions.hashesOf(file.index, reader->version()))
            reader->trust(*known);
        if (offset > reader->shape().size())
            co_return Error(ErrorCode::InvalidInput, "the offset lies behind the end of the file");
        if (patch.size() == 0) co_return ok();
        PlainVersion old(*reader);
        PlainPatched plain(old, patch, offset);
        TARN_CO_TRY(const crypto::RsaKey key, co_await fetchPrivateKey(parts, file, map));
        const Publication what{file, key, map, reader->shape().needed(), reader->shape().total()};
        if (mayBeInPlace) {
            const Attempt attempt{parts, what, *reader, plain, {offset, offset + patch.size()}};
            TARN_CO_TRY(const InPlace outcome, co_await tryInPlace(attempt));
            if (outcome == InPlace::Done) co_return ok();
            if (outcome == InPlace::Incomplete) continue;
        }
        TARN_CO_TRY(const std::uint64_t sequence, co_await publishVersion(parts, what, plain));
        static_cast<void>(sequence);
        co_return ok();
    }
}

} // namespace tarn::gateway
