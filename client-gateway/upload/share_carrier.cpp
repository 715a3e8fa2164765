#include "client-gateway/upload/share_carrier.h"

#include "client-gateway/upload/started_shares.h"
#include "core/base/executor.h"
#include "core/crypto/tagged_hash.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

using storage_api::AllocateAnswer;
using storage_api::WriteAnswer;

constexpr std::uint64_t kPieceBytes = 256 * 1024;
constexpr std::size_t kUploadSecretBytes = 20;
/// A share up to that length is compared as a whole.
constexpr std::uint64_t kCompareAll = 64 * 1024;
/// Of longer ones, so many places, so many bytes at each.
constexpr unsigned kComparedPlaces = 8;
constexpr std::uint64_t kComparedBytes = 4 * 1024;
constexpr std::string_view kUploadSecretTag = "tarn_carried_share_v1";

storage_api::LeaseSecrets leasesFor(const CarrierParts& parts, const StorageIndex& index,
                                    const Server& server)
{
    const crypto::LeaseSecrets file = crypto::fileLeaseSecrets(parts.clientLeases, index);
    const crypto::LeaseSecrets bucket = crypto::bucketLeaseSecrets(file, server.tubId);
    return storage_api::LeaseSecrets{bucket.renewal, bucket.cancel};
}

/// The same after a restart, and nobody else knows it but the server.
Bytes uploadSecretFor(const storage_api::LeaseSecrets& leases, ShareNumber share)
{
    const std::string number = std::to_string(share.value);
    const Hash256 hash =
        crypto::taggedPairHash(kUploadSecretTag, leases.renew.view(), asBytes(number));
    return toBytes(hash.view().first(kUploadSecretBytes));
}

/// One share on its way.
class Carriage
{
public:
    Carriage(CarrierParts parts, storage_api::ShareStore& from, CarriedShare what, ServerPtr to)
        : m_parts(std::move(parts)), m_from(from), m_what(what), m_to(std::move(to)),
          m_leases(leasesFor(m_parts, what.index, *m_to)),
          m_secret(uploadSecretFor(m_leases, what.share)),
          m_started(m_parts.engine, m_parts.clock, m_parts.queryDeadline, what.index, nullptr)
    {
    }

    asio::awaitable<Result<Carried>> run()
    {
        TARN_CO_TRY(AllocateAnswer answer, co_await ask());
        const bool underWay =
            !answer.alreadyHave.contains(m_what.share) && !answer.allocated.contains(m_what.share);
        if (underWay) {
            const bool ours = co_await abortHalf();
            if (!ours) co_return Error(ErrorCode::NoSpace, "it takes no share");
            TARN_CO_TRY(answer, co_await ask());
        }
        if (answer.alreadyHave.contains(m_what.share)) {
            m_started.forget(m_to, m_what.share);
            TARN_CO_TRY(const bool same, co_await compare());
            co_return same ? Carried::Found : Carried::Different;
        }
        if (!answer.allocated.contains(m_what.share)) {
            m_started.forget(m_to, m_what.share);
            co_return Error(ErrorCode::NoSpace, "it takes no share");
        }
        TARN_CO_TRY_VOID(co_await send());
        m_started.forget(m_to, m_what.share);
        co_return Carried::Written;
    }

private:
    asio::awaitable<Result<AllocateAnswer>> ask()
    {
        m_started.started(m_to, m_what.share, m_secret);
        std::set<ShareNumber> wanted;
        wanted.insert(m_what.share);
        auto asking = m_to->store().allocate(m_what.index, std::move(wanted), m_what.size, m_leases,
                                             m_secret);
        co_return co_await withDeadline<AllocateAnswer>(m_parts.clock, m_parts.queryDeadline,
                                                        "the allocate request", std::move(asking));
    }

    asio::awaitable<bool> abortHalf()
    {
        auto aborting = m_to->store().abortShare(m_what.index, m_what.share, m_secret);
        const Result<void> aborted = co_await withDeadline<void>(
            m_parts.clock, m_parts.queryDeadline, "abort of a share", std::move(aborting));
        co_return aborted.has_value();
    }

    /// Places that the server cannot know before. The last one tells the length.
    std::vector<ByteRange> placesToCompare()
    {
        std::vector<ByteRange> out;
        if (m_what.size <= kCompareAll) {
            out.emplace_back(ByteRange{0, m_what.size});
            return out;
        }
        for (unsigned i = 1; i < kComparedPlaces; ++i) {
            const std::uint64_t begin = m_parts.random.below(m_what.size - kComparedBytes + 1);
            out.emplace_back(ByteRange{begin, begin + kComparedBytes});
        }
        out.emplace_back(ByteRange{m_what.size - kComparedBytes, m_what.size});
        return out;
    }

    asio::awaitable<Result<bool>> compare()
    {
        for (const ByteRange& place : placesToCompare()) {
            TARN_CO_TRY(const bool same, co_await compareAt(place));
            if (!same) co_return false;
        }
        co_return true;
    }

    asio::awaitable<Result<bool>> compareAt(ByteRange place)
    {
        Bytes own(static_cast<std::size_t>(place.size()));
        TARN_CO_TRY(const std::size_t got,
                    co_await m_from.readShare(storage_api::ShareKind::Immutable, m_what.index,
                                              m_what.share, place, own));
        if (got != own.size()) co_return Error(ErrorCode::Corrupt, "the share ends early");
        // At the end, a byte more than there should be.
        if (place.end == m_what.size) ++place.end;
        Bytes theirs(static_cast<std::size_t>(place.size()));
        auto reading = m_to->store().readShare(storage_api::ShareKind::Immutable, m_what.index,
                                               m_what.share, place, theirs);
        const Result<std::size_t> read = co_await withDeadline<std::size_t>(
            m_parts.clock, m_parts.pieceDeadline, "a look at a share", std::move(reading));
        if (!read && read.error().code() == ErrorCode::NotFound) co_return false;
        if (!read) co_return read.error();
        theirs.resize(std::min(*read, theirs.size()));
        co_return theirs == own;
    }

    std::uint64_t sharing() const
    {
        return m_parts.sharing ? std::max<std::uint64_t>(m_parts.sharing(), 1) : 1;
    }

    asio::awaitable<Result<void>> send()
    {
        Bytes piece;
        std::uint64_t offset = 0;
        const TimePoint begun = m_parts.clock.now();
        std::uint64_t crowd = 1; // at the worst so far
        while (offset < m_what.size) {
            const std::uint64_t end = std::min(offset + kPieceBytes, m_what.size);
            piece.resize(static_cast<std::size_t>(end - offset));
            const ByteRange range{offset, end};
            TARN_CO_TRY(const std::size_t got,
                        co_await m_from.readShare(storage_api::ShareKind::Immutable, m_what.index,
                                                  m_what.share, range, piece));
            if (got != piece.size()) co_return Error(ErrorCode::Corrupt, "the share ends early");
            auto writing =
                m_to->store().writeShare(m_what.index, m_what.share, m_secret, offset, piece);
            const Duration limit = m_parts.pieceDeadline * static_cast<int>(sharing());
            TARN_CO_TRY(const WriteAnswer answer,
                        co_await withDeadline<WriteAnswer>(
                            m_parts.clock, limit, "a piece of a share", std::move(writing)));
            offset = end;
            crowd = std::max(crowd, sharing());
            if (m_what.sent != nullptr) *m_what.sent = offset;
            const Duration counted = m_parts.clock.now() - begun - m_parts.pieceDeadline;
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(counted).count();
            if (offset < m_what.size && seconds > 0 &&
                offset / static_cast<std::uint64_t>(seconds) < m_parts.leastSpeed / crowd) {
                co_return Error(ErrorCode::Timeout, "it takes less than " +
                                                        std::to_string(m_parts.leastSpeed / crowd) +
                                                        " bytes of a share in a second");
            }
            if (offset == m_what.size && !answer.required.empty()) {
                co_return Error(ErrorCode::PeerMisbehaved, "it misses bytes that it was sent");
            }
        }
        co_return ok();
    }

    CarrierParts m_parts;
    storage_api::ShareStore& m_from;
    CarriedShare m_what;
    ServerPtr m_to;
    storage_api::LeaseSecrets m_leases;
    Bytes m_secret;
    StartedShares m_started;
};

} // namespace

asio::awaitable<Result<Carried>> carryShare(CarrierParts parts, storage_api::ShareStore& from,
                                            CarriedShare what, ServerPtr to)
{
    Carriage carriage(std::move(parts), from, what, std::move(to));
    co_return co_await carriage.run();
}

} // namespace tarn::gateway
