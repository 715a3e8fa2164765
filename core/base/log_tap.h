// log_tap: the lines of the log as they are written, for somebody who shows them elsewhere.
#pragma once

#include <functional>
#include <string>

namespace tarn::log {

/// Gets every line that is written from now on, as the JSON object that Format::Json prints.
class Tap
{
public:
    /// \param take  called on whichever thread writes a line, once at a time: it must be quick, and
    ///              write no line.
    explicit Tap(std::function<void(const std::string& line)> take);
    /// Afterwards `take` is not called any more.
    ~Tap();
    Tap(const Tap&) = delete;
    Tap& operator=(const Tap&) = delete;

private:
    friend void tellTaps(const std::string& line);
    std::function<void(const std::string& line)> m_take;
};

/// Of the log itself. Any thread.
bool tapped();
void tellTaps(const std::string& line);

} // namespace tarn::log
