#include "storage-server/hidden_doctor.h"

#include "core/node/doctor/ask_blocking.h"
#include "core/node/doctor/router_check.h"
#include "storage-server/hidden_services.h"
#include "storage-server/server_identity.h"

namespace tarn::storage {

namespace {

using namespace node::doctor;
using net::TorBootstrap;

constexpr unsigned kWhole = 100; // percent

asio::awaitable<Result<TorBootstrap>> askTor(net::ControlAddress address, Secret password,
                                             WorkPool& files, Clock& clock, Random& random)
{
    TARN_CO_TRY(const std::unique_ptr<net::TorControl> tor,
                co_await net::TorControl::open(std::move(address), std::move(password), files,
                                               clock, random));
    co_return co_await tor->bootstrap();
}

Finding checkTorBlocking(const OnionConfig& config, const std::string& state, Clock& clock,
                         Random& random)
{
    const net::ControlAddress& address = config.settings.control;
    Secret password;
    if (!config.passwordFile.empty()) {
        const Result<node::StateDir> dir = node::StateDir::inspectBlocking(state, kRole);
        if (!dir && dir.error().code() == ErrorCode::NotFound)
            return unknown("Tor " + net::textOf(address),
                           "not asked: it takes a password, and the server was never started", "");
        Result<Secret> read = dir ? readTorPassword(*dir, config) : Result<Secret>(dir.error());
        if (!read)
            return problem(
                "Tor " + net::textOf(address), read.error().message(),
                "put the password of Tor's control port into the file that [tor] password "
                "names, mode 0600");
        password = *std::move(read);
    }
    const std::unique_ptr<WorkPool> files = makeInlinePool();
    auto asking = askTor(address, std::move(password), *files, clock, random);
    return judgeTor(address, askBlocking(clock, kRouterLimit, std::move(asking)));
}

std::string stepFor(const Error& error)
{
    switch (error.code()) {
    case ErrorCode::Unauthorized:
        return "set CookieAuthentication 1 and CookieAuthFileGroupReadable 1 in its torrc and put "
               "the daemon's user into Tor's group, or name a file with its password in [tor] "
               "password";
    case ErrorCode::PeerMisbehaved:
        return "what answers there is no Tor: name its control port in [tor] control";
    case ErrorCode::Timeout:
        return "it takes connections and says nothing: restart Tor, or name its control port in "
               "[tor] control";
    default:
        return "start Tor, with a ControlPort in its torrc that the daemon's user may use, and "
               "name it in [tor] control";
    }
}

} // namespace

Finding judgeTor(const net::ControlAddress& address, const Result<TorBootstrap>& answer)
{
    const std::string check = "Tor " + net::textOf(address);
    if (!answer) return problem(check, answer.error().message(), stepFor(answer.error()));
    if (answer->percent >= kWhole) return fine(check, "takes commands, and is in its network");
    return problem(check,
                   "is on its way into its network: " + std::to_string(answer->percent) + " %" +
                       (answer->summary.empty() ? "" : ", " + answer->summary),
                   "wait a minute; if it stays there, its own log says why");
}

Findings checkHiddenBlocking(const HiddenConfig& config, const std::string& state, Clock& clock,
                             Random& random)
{
    Findings out;
    if (config.onion) out.push_back(checkTorBlocking(*config.onion, state, clock, random));
    if (config.i2p) {
        const net::Endpoint router =
            net::endpointOf(config.i2p->sam.host, config.i2p->sam.port).value_or(net::Endpoint());
        out.push_back(checkSamBlocking("[i2p] sam", router, clock));
    }
    return out;
}

} // namespace tarn::storage
