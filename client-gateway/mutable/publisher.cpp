#include "client-gateway/mutable/publisher.h"

#include "client-gateway/async/parallel.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Plaintext bytes that one job encodes.
constexpr std::uint64_t kRunBytes = std::uint64_t{1} << 20U;
/// Shares of one server go in one request up to so many bytes, then in several.
constexpr std::uint64_t kRequestBytes = std::uint64_t{4} << 20U;
/// Shares of servers that fail are offered to others so often.
constexpr unsigned kRounds = 3;

struct Encoded
{
    std::unique_ptr<ShareImages> images;
    pipeline::SealedVersion sealed;
};

using Leaves = std::vector<std::vector<Hash256>>;

Result<void> encodeRun(const pipeline::MutableTerms& terms, pipeline::MutableSpan span,
                       std::span<const crypto::Salt> salts, MutableByteView plain,
                       const ShareImages& images, Leaves& leaves)
{
    const unsigned total = terms.shape.total();
    std::vector<Hash256> hashes(total);
    for (std::uint64_t i = 0; i < span.count; ++i) {
        const std::uint64_t segment = span.first + i;
        const ByteRange range = terms.shape.storedRange(segment, 1);
        std::vector<MutableByteView> out;
        for (unsigned share = 0; share < total; ++share)
            out.push_back(images.of(share).subspan(static_cast<std::size_t>(range.begin),
                                                   static_cast<std::size_t>(range.size())));
        const auto size = static_cast<std::size_t>(terms.shape.sizeOf(segment));
        TARN_TRY_VOID(pipeline::encodeMutableSegment(
            terms, plain.first(size), salts[static_cast<std::size_t>(i)], out, hashes));
        plain = plain.subspan(size);
        for (unsigned share = 0; share < total; ++share)
            leaves[share][static_cast<std::size_t>(segment)] = hashes[share];
    }
    return ok();
}

asio::awaitable<Result<void>> encodeAll(MutableParts parts, const pipeline::MutableTerms& terms,
                                        PlainSource& plain, const ShareImages& images,
                                        Leaves& leaves)
{
    const share::MutableShape& shape = terms.shape;
    const std::uint64_t count = shape.segmentCount();
    if (count == 0) co_return ok();
    const std::uint64_t atOnce = std::max<std::uint64_t>(1, kRunBytes / shape.segmentSize());
    for (std::uint64_t first = 0; first < count; first += atOnce) {
        pipeline::MutableSpan span;
        span.first = first;
        span.count = std::min(atOnce, count - first);
        const ByteRange range = shape.plainRange(span.first, span.count);
        Bytes bytes(static_cast<std::size_t>(range.size()));
        TARN_CO_TRY_VOID(co_await plain.read(range.begin, bytes));
        std::vector<crypto::Salt> salts(static_cast<std::size_t>(span.count), terms.salt);
        if (shape.format() == cap::MutableFormat::Mdmf)
            for (crypto::Salt& salt : salts)
                parts.random.fill(salt.mutableView());
        auto job = [&] { return encodeRun(terms, span, salts, bytes, images, leaves); };
        TARN_CO_TRY_VOID(co_await runOn(parts.cpu, job));
    }
    co_return ok();
}

asio::awaitable<Result<Encoded>> encodeVersion(MutableParts parts, const Publication& what,
                                               PlainSource& plain)
{
    TARN_CO_TRY(const share::MutableShape shape,
                share::MutableShape::forNewVersion(what.file.format, plain.size(), what.needed,
                                                   what.total));
    TARN_CO_TRY(const erasure::Encoder code, erasure::Encoder::make(what.needed, what.total));
    pipeline::MutableTerms terms{shape, code, *what.file.readKey, crypto::Salt()};
    parts.random.fill(terms.salt.mutableView());
    Encoded encoded;
    TARN_CO_TRY(encoded.images, co_await ShareImages::make(parts.spool, parts.disk,
                                                           shape.shareDataSize(), what.total));
    Leaves leaves(what.total, std::vector<Hash256>(static_cast<std::size_t>(shape.segmentCount())));
    TARN_CO_TRY_VOID(co_await encodeAll(parts, terms, plain, *encoded.images, leaves));
    const std::uint64_t sequence = what.map.highestSequence() + 1;
    auto job = [&] {
        return pipeline::sealMutableVersion(terms, sequence, leaves, what.key, *what.file.writeKey);
    };
    TARN_CO_TRY(encoded.sealed, co_await runOn(parts.cpu, job));
    co_return encoded;
}

/// Every byte of a share, section by section, from the places where they are.
std::vector<storage_api::WriteVector> wholeShare(const Encoded& encoded, ShareNumber share)
{
    const pipeline::SealedVersion& sealed = encoded.sealed;
    const share::MutableSections& at = sealed.layout.sections;
    const std::vector<storage_api::WriteVector> all = {
        {0, sealed.head},
        {at.publicKey.begin, sealed.publicKey},
        {at.signature.begin, sealed.signature},
        {at.shareHashChain.begin, sealed.chains[share.value]},
        {at.blockHashTree.begin, sealed.trees[share.value]},
        {at.shareData.begin, encoded.images->of(share.value)},
        {at.encryptedPrivateKey.begin, sealed.encryptedPrivateKey}};
    std::vector<storage_api::WriteVector> out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out),
                 [](const storage_api::WriteVector& one) { return !one.data.empty(); });
    return out;
}

/// One server's part of the writing.
struct Sending
{
    const MutableParts& parts;
    const Publication& what;
    const Encoded& encoded;
    const Bytes& check; ///< check string of the new version
    ServerGoal goal;
    std::set<ShareNumber> written;
    bool surprised = false;
    std::optional<Error> failure;
};

asio::awaitable<Result<void>> sendSome(Sending& sending, std::vector<ShareNumber> shares)
{
    const MutableFile& file = sending.what.file;
    const Server& server = *sending.goal.server;
    storage_api::ReadTestWrite request;
    std::vector<Bytes> specimens(shares.size());
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        specimens[i] = expectedFront(sending.what.map, SharePlace(server.id, shares[i]));
        storage_api::ShareWrite write;
        storage_api::TestVector test;
        test.size = std::max<std::uint64_t>(1, specimens[i].size());
        test.specimen = specimens[i];
        write.tests.push_back(test);
        write.writes = wholeShare(sending.encoded, shares[i]);
        for (const storage_api::WriteVector& one : write.writes)
            bytes += one.data.size();
        request.shares.emplace(shares[i], std::move(write));
    }
    storage_api::ReadVector read;
    read.size = sending.check.size();
    request.reads.push_back(read);
    const crypto::WriteEnabler enabler = crypto::writeEnablerFor(*file.writeKey, server.tubId);
    storage_api::LeaseSecrets leases = mutableLeases(sending.parts, file, server);
    const Duration limit =
        sending.parts.writeDeadline * static_cast<std::int64_t>(1 + (bytes >> 20U));
    auto writing = server.store().readTestWrite(file.index, leases, enabler.view(), request);
    TARN_CO_TRY(const storage_api::ReadTestWriteAnswer answer,
                co_await withDeadline<storage_api::ReadTestWriteAnswer>(
                    sending.parts.clock, limit, "the write of shares", std::move(writing)));
    if (showsOtherWriter(answer, sending.what.map, server.id, sending.goal.shares, sending.check))
        sending.surprised = true;
    if (answer.success) sending.written.insert(shares.begin(), shares.end());
    co_return ok();
}

asio::awaitable<Result<void>> sendAll(Sending& sending)
{
    const share::MutableLayout& layout = sending.encoded.sealed.layout;
    const auto atOnce =
        static_cast<std::size_t>(std::max<std::uint64_t>(1, kRequestBytes / layout.sections.end));
    std::vector<ShareNumber> rest(sending.goal.shares.begin(), sending.goal.shares.end());
    while (!rest.empty() && !sending.surprised) {
        const std::size_t count = std::min(atOnce, rest.size());
        const auto split = rest.begin() + static_cast<std::ptrdiff_t>(count);
        std::vector<ShareNumber> some(rest.begin(), split);
        rest.erase(rest.begin(), split);
        const Result<void> sent = co_await sendSome(sending, std::move(some));
        if (sent) continue;
        sending.failure = sent.error();
        co_return sent;
    }
    co_return ok();
}

Error conflict()
{
    return Error(ErrorCode::Conflict, "UncoordinatedWriteError: somebody else wrote this mutable "
                                      "file at the same time");
}

/// Sends the shares that have no home yet; forgets servers that fail.
asio::awaitable<Result<void>> sendRound(MutableParts parts, const Publication& what,
                                        const Encoded& encoded, std::vector<ServerPtr>& usable,
                                        std::set<ShareNumber>& placed, std::string& problems)
{
    const Bytes check = share::checkStringOf(encoded.sealed.layout.header);
    std::vector<Sending> sendings;
    for (ServerGoal& goal : placeMutableShares(what.map, what.total, usable, placed)) {
        if (goal.shares.empty()) continue;
        Sending sending{parts, what, encoded, check, std::move(goal), {}, false, std::nullopt};
        sendings.push_back(std::move(sending));
    }
    std::vector<asio::awaitable<Result<void>>> work;
    for (Sending& sending : sendings)
        work.push_back(sendAll(sending));
    co_await allOf(std::move(work));
    bool surprised = false;
    for (const Sending& sending : sendings) {
        placed.insert(sending.written.begin(), sending.written.end());
        surprised = surprised || sending.surprised;
        if (!sending.failure) continue;
        problems += "; server " + sending.goal.server->id + ": " + sending.failure->text();
        std::erase(usable, sending.goal.server);
    }
    if (surprised) co_return conflict();
    co_return ok();
}

} // namespace

asio::awaitable<Result<std::uint64_t>> publishVersion(MutableParts parts, Publication what,
                                                      PlainSource& plain)
{
    TARN_CO_TRY(const Encoded encoded, co_await encodeVersion(parts, what, plain));
    std::vector<ServerPtr> usable = permutedOrder(what.file.index, parts.servers.servers());
    std::erase_if(usable,
                  [&](const ServerPtr& server) { return what.map.problems.contains(server->id); });
    std::set<ShareNumber> placed;
    std::string problems;
    for (unsigned round = 0; round < kRounds && placed.size() < what.total; ++round)
        TARN_CO_TRY_VOID(co_await sendRound(parts, what, encoded, usable, placed, problems));
    if (placed.size() >= what.needed) co_return encoded.sealed.layout.header.sequence;
    for (const auto& [server, problem] : what.map.problems)
        problems += "; server " + server + ": " + problem;
    co_return Error(ErrorCode::Unhappy, "NotEnoughServersError: " + std::to_string(placed.size()) +
                                            " shares found a server, " +
                                            std::to_string(what.needed) + " are needed" + problems);
}

} // namespace tarn::gateway
