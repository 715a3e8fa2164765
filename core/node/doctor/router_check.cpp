#include "core/node/doctor/router_check.h"

#include "core/base/executor.h"
#include "core/net/sam_session.h"

#include <boost/asio/io_context.hpp>

namespace tarn::node::doctor {

namespace {

asio::awaitable<Result<void>> ask(net::Endpoint router, Clock& clock, Duration limit,
                                  Result<void>& answer)
{
    std::string what = "an answer";
    asio::awaitable<Result<void>> hello = net::greetI2p(router, clock);
    answer = co_await withDeadline<void>(clock, limit, std::move(what), std::move(hello));
    co_return ok();
}

} // namespace

Finding judgeSam(const std::string& setting, const net::Endpoint& router,
                 const Result<void>& answer)
{
    const std::string check = "I2P router " + net::textOf(router);
    if (answer) return fine(check, "its SAM port answers");
    const Error& error = answer.error();
    std::string step =
        "start the router and switch its SAM port on (i2pd: enabled = true below [sam]), "
        "or name the right address in " +
        setting;
    if (error.code() == ErrorCode::PeerMisbehaved)
        step = "what answers there speaks no SAM 3.1: name the router's SAM port in " + setting;
    if (error.code() == ErrorCode::Timeout)
        step =
            "it takes connections and says nothing: restart the router, or name its SAM port in " +
            setting;
    return problem(check, error.message(), std::move(step));
}

Finding checkSamBlocking(const std::string& setting, const net::Endpoint& router, Clock& clock,
                         Duration limit)
{
    asio::io_context engine{1};
    Result<void> answer = Error(ErrorCode::Internal, "not asked");
    spawnLogged(engine.get_executor(), "ask", ask(router, clock, limit, answer));
    engine.run();
    return judgeSam(setting, router, answer);
}

} // namespace tarn::node::doctor
