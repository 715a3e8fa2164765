#include "core/node/doctor/ask_blocking.h"

#include <boost/asio/io_context.hpp>

namespace tarn::node::doctor {

void detail::runBlocking(asio::awaitable<Result<void>> work)
{
    asio::io_context engine{1};
    spawnLogged(engine.get_executor(), "ask", std::move(work));
    engine.run();
}

} // namespace tarn::node::doctor
