#include "core/net/onion_service.h"

#include "core/base/log.h"
#include "core/net/onion_key.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

namespace tarn::net {

namespace {

constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::minutes(1);

Endpoint reachable(Endpoint target)
{
    if (!target.address().is_unspecified()) return target;
    if (target.address().is_v6())
        target.address(asio::ip::address_v6::loopback());
    else
        target.address(asio::ip::address_v4::loopback());
    return target;
}

} // namespace

wire::Location onionLocation(const crypto::Ed25519Seed& seed, std::uint16_t port)
{
    wire::Location out;
    out.network = wire::Network::Tor;
    out.host = onionName(crypto::Ed25519Key::fromSeed(seed).publicKey());
    out.port = port;
    return out;
}

struct OnionService::Core
{
    Core(asio::any_io_executor executorToUse, OnionSettings settingsToUse,
         const crypto::Ed25519Seed& seedToUse, Secret passwordToUse, Endpoint targetToUse,
         WorkPool& filesToUse, Clock& clockToUse, Random& randomToUse)
        : executor(std::move(executorToUse)), settings(std::move(settingsToUse)), seed(seedToUse),
          password(std::move(passwordToUse)), target(reachable(std::move(targetToUse))),
          files(filesToUse), clock(clockToUse), random(randomToUse)
    {
    }

    asio::any_io_executor executor;
    OnionSettings settings;
    crypto::Ed25519Seed seed;
    Secret password;
    Endpoint target;
    WorkPool& files;
    Clock& clock;
    Random& random;
    std::string trouble = "not published yet";
    Duration pause = kFirstPause;
    asio::cancellation_signal stop;
    bool stopped = false;

    void note(const Error& why)
    {
        if (trouble != why.message()) {
            TARN_LOG(Warning, Net, "the onion service is not published",
                     {"control", textOf(settings.control)}, {"error", why.text()});
        }
        trouble = why.message();
    }
};

OnionService::OnionService(asio::any_io_executor executor, OnionSettings settings,
                           crypto::Ed25519Seed seed, Secret password, Endpoint target,
                           WorkPool& files, Clock& clock, Random& random)
    : m_core(std::make_shared<Core>(std::move(executor), std::move(settings), seed,
                                    std::move(password), std::move(target), files, clock, random))
{
    auto ended = [core = m_core](std::exception_ptr /*cancelled*/, const Result<void>&) {};
    asio::co_spawn(m_core->executor, keep(m_core),
                   asio::bind_cancellation_slot(m_core->stop.slot(), std::move(ended)));
}

OnionService::~OnionService()
{
    m_core->stopped = true;
    emitCancel(m_core->executor, m_core->stop, m_core);
}

const std::string& OnionService::trouble() const
{
    return m_core->trouble;
}

/// \return why it ended.
asio::awaitable<Result<void>> OnionService::serve(std::shared_ptr<Core> core)
{
    Secret password = core->password.clone();
    TARN_CO_TRY(std::unique_ptr<TorControl> control,
                co_await TorControl::open(core->settings.control, std::move(password), core->files,
                                          core->clock, core->random));
    Secret blob = onionKeyBlob(core->seed);
    TARN_CO_TRY(const std::string id,
                co_await control->addOnion(std::move(blob), core->settings.port, core->target));
    const wire::Location location = onionLocation(core->seed, core->settings.port);
    if (id + ".onion" != location.host)
        co_return Error(ErrorCode::PeerMisbehaved, "Tor made another onion service: " + id);
    core->trouble.clear();
    core->pause = kFirstPause;
    TARN_LOG(Info, Net, "onion service published", {"location", wire::textOf(location)});
    const Result<void> ended = co_await control->waitForEnd();
    co_return ended.error().within("the control connection ended");
}

asio::awaitable<Result<void>> OnionService::keep(std::shared_ptr<Core> core)
{
    while (!core->stopped) {
        const Result<void> ended = co_await serve(core);
        if (core->stopped) break;
        core->note(ended.error());
        const Duration pause = core->pause;
        core->pause = std::min(pause * 2, kLongestPause);
        co_await core->clock.sleep(pause);
    }
    co_return ok();
}

} // namespace tarn::net
