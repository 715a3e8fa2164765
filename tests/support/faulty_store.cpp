#include "tests/support/faulty_store.h"

namespace tarn::test {

Fault failing(ErrorCode code)
{
    Fault fault;
    fault.error = code;
    return fault;
}

Fault late(Duration delay)
{
    Fault fault;
    fault.delay = delay;
    return fault;
}

using namespace storage_api;

namespace {

void flip(ReadTestWriteAnswer& answer)
{
    for (auto& [number, pieces] : answer.readData)
        for (Bytes& piece : pieces)
            if (!piece.empty()) piece[piece.size() / 2] ^= std::byte{1};
}

/// Counts a call that does not come to its end; it may outlive its store.
class CallEnd
{
public:
    explicit CallEnd(std::shared_ptr<std::uint64_t> givenUp) : m_givenUp(std::move(givenUp)) {}
    ~CallEnd()
    {
        if (!m_ended) ++*m_givenUp;
    }
    CallEnd(const CallEnd&) = delete;
    CallEnd& operator=(const CallEnd&) = delete;
    void ended() { m_ended = true; }

private:
    std::shared_ptr<std::uint64_t> m_givenUp;
    bool m_ended = false;
};

} // namespace

template <class T>
asio::awaitable<Result<T>> FaultyStore::under(const Fault& fault, asio::awaitable<Result<T>> work)
{
    CallEnd end(m_givenUp);
    if (fault.delay > Duration(0)) co_await m_clock.sleep(fault.delay);
    if (fault.error && !fault.errorAfterDoing) {
        end.ended();
        co_return Error(*fault.error, "planned fault");
    }
    Result<T> result = co_await std::move(work); // throws when the call was given up
    end.ended();
    if (fault.error) co_return Error(*fault.error, "planned fault, after the fact");
    co_return result;
}

asio::awaitable<Result<ServerVersion>> FaultyStore::version()
{
    const Fault fault = next(StoreCall::Version);
    auto work = m_inner.version();
    co_return co_await under(fault, std::move(work));
}

asio::awaitable<Result<std::set<ShareNumber>>> FaultyStore::listShares(ShareKind kind,
                                                                       StorageIndex index)
{
    const Fault fault = next(StoreCall::List);
    auto work = m_inner.listShares(kind, index);
    Result<std::set<ShareNumber>> shares = co_await under(fault, std::move(work));
    if (shares && fault.shortAnswer) co_return std::set<ShareNumber>();
    if (!shares || fault.renumber == 0) co_return shares;
    std::set<ShareNumber> others;
    for (const ShareNumber share : *shares)
        others.insert(ShareNumber{share.value + fault.renumber});
    co_return others;
}

asio::awaitable<Result<AllocateAnswer>>
FaultyStore::allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
                      LeaseSecrets leases, ByteView uploadSecret)
{
    const Fault fault = next(StoreCall::Allocate);
    auto work = m_inner.allocate(index, std::move(shares), allocatedSize, leases, uploadSecret);
    co_return co_await under(fault, std::move(work));
}

asio::awaitable<Result<WriteAnswer>> FaultyStore::writeShare(StorageIndex index, ShareNumber share,
                                                             ByteView uploadSecret,
                                                             std::uint64_t offset, ByteView data)
{
    const Fault fault = next(StoreCall::Write);
    if (fault.pretend) co_return WriteAnswer();
    auto work = m_inner.writeShare(index, share, uploadSecret, offset, data);
    co_return co_await under(fault, std::move(work));
}

asio::awaitable<Result<void>> FaultyStore::abortShare(StorageIndex index, ShareNumber share,
                                                      ByteView uploadSecret)
{
    const Fault fault = next(StoreCall::Abort);
    auto work = m_inner.abortShare(index, share, uploadSecret);
    co_return co_await under(fault, std::move(work));
}

asio::awaitable<Result<std::size_t>> FaultyStore::readShare(ShareKind kind, StorageIndex index,
                                                            ShareNumber share, ByteRange range,
                                                            MutableByteView into)
{
    const Fault fault = next(StoreCall::Read);
    m_bytesRead += range.size();
    share.value -= std::min(share.value, fault.renumber);
    if (fault.readFrom) {
        const Result<std::set<ShareNumber>> old =
            co_await m_inner.listShares(kind, *fault.readFrom);
        if (old && !old->empty()) {
            index = *fault.readFrom;
            share = *old->begin();
        }
    }
    auto work = m_inner.readShare(kind, index, share, range, into);
    Result<std::size_t> got = co_await under(fault, std::move(work));
    if (!got) co_return got;
    if (fault.flipByte && *got > 0) into[*got / 2] ^= std::byte{1};
    if (fault.shortAnswer) co_return *got / 2;
    co_return got;
}

asio::awaitable<Result<void>> FaultyStore::adviseCorrupt(ShareKind kind, StorageIndex index,
                                                         ShareNumber share, std::string reason)
{
    const Fault fault = next(StoreCall::Advise);
    auto work = m_inner.adviseCorrupt(kind, index, share, std::move(reason));
    co_return co_await under(fault, std::move(work));
}

asio::awaitable<Result<void>> FaultyStore::addLease(StorageIndex index, LeaseSecrets leases)
{
    const Fault fault = next(StoreCall::Lease);
    auto work = m_inner.addLease(index, leases);
    co_return co_await under(fault, std::move(work));
}

asio::awaitable<Result<ReadTestWriteAnswer>>
FaultyStore::readTestWrite(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                           const ReadTestWrite& request)
{
    const Fault fault = next(StoreCall::ReadTestWrite);
    for (const auto& [number, share] : request.shares)
        for (const WriteVector& write : share.writes)
            m_bytesWritten += write.data.size();
    if (fault.pretend) {
        ReadTestWriteAnswer done;
        done.success = true;
        co_return done;
    }
    auto work = m_inner.readTestWrite(index, leases, writeEnabler, request);
    Result<ReadTestWriteAnswer> answer = co_await under(fault, std::move(work));
    if (answer && fault.flipByte) flip(*answer);
    co_return answer;
}

class FaultyStore::OneStream final : public ShareStream
{
public:
    OneStream(FaultyStore& store, std::unique_ptr<ShareStream> inner)
        : m_store(store), m_inner(std::move(inner))
    {
        ++m_store.m_streams;
    }
    ~OneStream() override { --m_store.m_streams; }
    OneStream(const OneStream&) = delete;
    OneStream& operator=(const OneStream&) = delete;

    asio::awaitable<Result<void>> write(ByteView data) override
    {
        const Fault fault = m_store.next(StoreCall::StreamWrite);
        m_store.m_bytesWritten += data.size();
        auto work = m_inner->write(data);
        co_return co_await m_store.under(fault, std::move(work));
    }
    asio::awaitable<Result<ReadTestWriteAnswer>> finish() override
    {
        const Fault fault = m_store.next(StoreCall::StreamFinish);
        if (fault.pretend) {
            ReadTestWriteAnswer done;
            done.success = true;
            co_return done;
        }
        auto work = m_inner->finish();
        Result<ReadTestWriteAnswer> answer = co_await m_store.under(fault, std::move(work));
        if (answer && fault.flipByte) flip(*answer);
        co_return answer;
    }

private:
    FaultyStore& m_store;
    std::unique_ptr<ShareStream> m_inner;
};

asio::awaitable<Result<std::unique_ptr<ShareStream>>>
FaultyStore::streamShare(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                         StreamedShare request)
{
    const Fault fault = next(StoreCall::Stream);
    auto opening = m_inner.streamShare(index, leases, writeEnabler, std::move(request));
    TARN_CO_TRY(std::unique_ptr<ShareStream> inner, co_await under(fault, std::move(opening)));
    std::unique_ptr<ShareStream> stream = std::make_unique<OneStream>(*this, std::move(inner));
    co_return stream;
}

} // namespace tarn::test
