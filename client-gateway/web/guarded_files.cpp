#include "client-gateway/web/guarded_files.h"

namespace tarn::gateway::web {

namespace {

cap::Cap capOf(const MutableReadable& file)
{
    return std::visit([](const auto& one) { return cap::Cap(one); }, file);
}

} // namespace

asio::awaitable<Result<cap::MutableWriteCap>> GuardedMutableFiles::create(UploadSource& source,
                                                                          MutableCreation how)
{
    return m_inner.create(source, std::move(how));
}

asio::awaitable<Result<std::shared_ptr<Download>>> GuardedMutableFiles::open(MutableReadable cap)
{
    TARN_CO_TRY_VOID(m_blacklist.check(capOf(cap)));
    co_return co_await m_inner.open(std::move(cap));
}

asio::awaitable<Result<MutableContents>> GuardedMutableFiles::read(MutableReadable cap,
                                                                   std::uint64_t limit)
{
    TARN_CO_TRY_VOID(m_blacklist.check(capOf(cap)));
    co_return co_await m_inner.read(std::move(cap), limit);
}

asio::awaitable<Result<void>> GuardedMutableFiles::overwrite(cap::MutableWriteCap cap,
                                                             UploadSource& source)
{
    TARN_CO_TRY_VOID(m_blacklist.check(cap::Cap(cap)));
    co_return co_await m_inner.overwrite(std::move(cap), source);
}

asio::awaitable<Result<void>>
GuardedMutableFiles::update(cap::MutableWriteCap cap, std::uint64_t offset, UploadSource& source)
{
    TARN_CO_TRY_VOID(m_blacklist.check(cap::Cap(cap)));
    co_return co_await m_inner.update(std::move(cap), offset, source);
}

asio::awaitable<Result<MutableContents>> GuardedMutableFiles::modify(cap::MutableWriteCap cap,
                                                                     std::uint64_t limit, Edit edit)
{
    TARN_CO_TRY_VOID(m_blacklist.check(cap::Cap(cap)));
    co_return co_await m_inner.modify(std::move(cap), limit, std::move(edit));
}

asio::awaitable<Result<CheckResult>> GuardedMutableFiles::check(MutableCap cap,
                                                                CheckOptions options)
{
    return m_inner.check(std::move(cap), options);
}

asio::awaitable<Result<RepairResult>> GuardedMutableFiles::checkAndRepair(MutableCap cap,
                                                                          CheckOptions options)
{
    return m_inner.checkAndRepair(std::move(cap), options);
}

asio::awaitable<Result<std::string>> GuardedImmutableFiles::upload(UploadSource& source)
{
    return m_inner.upload(source);
}

Result<std::shared_ptr<Download>> GuardedImmutableFiles::open(std::string_view readCap)
{
    TARN_TRY_VOID(m_blacklist.checkText(readCap));
    return m_inner.open(readCap);
}

asio::awaitable<Result<CheckResult>> GuardedImmutableFiles::check(std::string cap,
                                                                  CheckOptions options)
{
    return m_inner.check(std::move(cap), options);
}

asio::awaitable<Result<RepairResult>> GuardedImmutableFiles::checkAndRepair(std::string cap,
                                                                            CheckOptions options)
{
    return m_inner.checkAndRepair(std::move(cap), options);
}

} // namespace tarn::gateway::web
