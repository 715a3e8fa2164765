#include "core/node/doctor/router_check.h"

#include "core/net/sam_session.h"
#include "core/node/doctor/ask_blocking.h"

namespace tarn::node::doctor {

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
    return judgeSam(setting, router, askBlocking(clock, limit, net::greetI2p(router, clock)));
}

} // namespace tarn::node::doctor
