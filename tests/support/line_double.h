// line_double: the other end of dialogues in lines, on loopback, for one test: answers each line by
// what a function makes of it, and remembers the lines.
#pragma once

#include "core/net/address.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarn::test {

namespace asio = boost::asio;

class LineDouble
{
public:
    /// \return what to say, ends of lines included; then "close" as the last word ends the
    ///         connection, and "tunnel" says back whatever comes.
    using Answer = std::function<std::string(const std::string& line)>;

    LineDouble(asio::any_io_executor executor, Answer answer);
    ~LineDouble();
    LineDouble(const LineDouble&) = delete;
    LineDouble& operator=(const LineDouble&) = delete;

    net::Endpoint address() const;
    /// Of all connections, in the order they came.
    const std::vector<std::string>& lines() const;
    std::size_t connections() const;
    /// Ends all connections; new ones are taken.
    void hangUp();

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
};

} // namespace tarn::test
