#include "client-gateway/observed_store.h"

namespace tarn::gateway {

using namespace storage_api;

namespace {

/// Of a problem's text; some of it is the server's.
constexpr std::size_t kShownText = 300;

} // namespace

void ObservedStore::addTo(ServerStatus& status) const
{
    status.corruptShares += m_corruptShares;
    status.badAnswers += m_badAnswers;
    status.oldVersions += m_oldVersions;
    if (!m_problemAt || (status.lastProblemAt && *status.lastProblemAt > *m_problemAt)) return;
    status.lastProblem = m_problem;
    status.lastProblemAt = m_problemAt;
}

void ObservedStore::noteProblem(std::string text)
{
    if (text.size() > kShownText) text.resize(kShownText);
    m_problem = std::move(text);
    m_problemAt = m_clock.wallNow();
}

void ObservedStore::noteOldVersion(StorageIndex index, ShareNumber share, std::uint64_t sequence,
                                   std::uint64_t newest)
{
    if (m_counted.size() >= kRemembered) m_counted.clear();
    const auto [known, fresh] = m_counted.try_emplace({index, share}, sequence);
    if (!fresh && known->second == sequence) return;
    known->second = sequence;
    ++m_oldVersions;
    noteProblem("share " + std::to_string(share.value) + ": version " + std::to_string(sequence) +
                " of a mutable file whose newest is " + std::to_string(newest));
}

/// Refusals (no such share, no space, ...) are what correct servers say too.
void ObservedStore::note(const Error& why)
{
    if (why.code() != ErrorCode::PeerMisbehaved) return;
    ++m_badAnswers;
    noteProblem(why.text());
}

template <class T>
asio::awaitable<Result<T>> ObservedStore::watched(asio::awaitable<Result<T>> work)
{
    Result<T> result = co_await std::move(work);
    if (!result) note(result.error());
    co_return result;
}

asio::awaitable<Result<ServerVersion>> ObservedStore::version()
{
    return watched(m_inner.version());
}

asio::awaitable<Result<std::set<ShareNumber>>> ObservedStore::listShares(ShareKind kind,
                                                                         StorageIndex index)
{
    return watched(m_inner.listShares(kind, index));
}

asio::awaitable<Result<AllocateAnswer>>
ObservedStore::allocate(StorageIndex index, std::set<ShareNumber> shares,
                        std::uint64_t allocatedSize, LeaseSecrets leases, ByteView uploadSecret)
{
    return watched(m_inner.allocate(index, std::move(shares), allocatedSize, leases, uploadSecret));
}

asio::awaitable<Result<WriteAnswer>> ObservedStore::writeShare(StorageIndex index,
                                                               ShareNumber share,
                                                               ByteView uploadSecret,
                                                               std::uint64_t offset, ByteView data)
{
    return watched(m_inner.writeShare(index, share, uploadSecret, offset, data));
}

asio::awaitable<Result<void>> ObservedStore::abortShare(StorageIndex index, ShareNumber share,
                                                        ByteView uploadSecret)
{
    return watched(m_inner.abortShare(index, share, uploadSecret));
}

asio::awaitable<Result<std::size_t>> ObservedStore::readShare(ShareKind kind, StorageIndex index,
                                                              ShareNumber share, ByteRange range,
                                                              MutableByteView into)
{
    return watched(m_inner.readShare(kind, index, share, range, into));
}

asio::awaitable<Result<void>> ObservedStore::adviseCorrupt(ShareKind kind, StorageIndex index,
                                                           ShareNumber share, std::string reason)
{
    ++m_corruptShares;
    noteProblem("share " + std::to_string(share.value) + ": " + reason);
    return watched(m_inner.adviseCorrupt(kind, index, share, std::move(reason)));
}

asio::awaitable<Result<void>> ObservedStore::addLease(StorageIndex index, LeaseSecrets leases)
{
    return watched(m_inner.addLease(index, leases));
}

asio::awaitable<Result<ReadTestWriteAnswer>>
ObservedStore::readTestWrite(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                             const ReadTestWrite& request)
{
    return watched(m_inner.readTestWrite(index, leases, writeEnabler, request));
}

class ObservedStore::Stream final : public ShareStream
{
public:
    Stream(ObservedStore& store, std::unique_ptr<ShareStream> inner)
        : m_store(store), m_inner(std::move(inner))
    {
    }
    asio::awaitable<Result<void>> write(ByteView data) override
    {
        return m_store.watched(m_inner->write(data));
    }
    asio::awaitable<Result<ReadTestWriteAnswer>> finish() override
    {
        return m_store.watched(m_inner->finish());
    }

private:
    ObservedStore& m_store;
    std::unique_ptr<ShareStream> m_inner;
};

asio::awaitable<Result<std::unique_ptr<ShareStream>>>
ObservedStore::streamShare(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                           StreamedShare request)
{
    auto opening = watched(m_inner.streamShare(index, leases, writeEnabler, std::move(request)));
    TARN_CO_TRY(std::unique_ptr<ShareStream> inner, co_await std::move(opening));
    std::unique_ptr<ShareStream> stream = std::make_unique<Stream>(*this, std::move(inner));
    co_return stream;
}

} // namespace tarn::gateway
