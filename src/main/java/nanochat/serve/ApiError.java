package nanochat.serve;

import java.util.Optional;
import nanochat.io.Json;

/// What a client reads about a request that failed.
///
/// @param type one of OpenAI's
/// @param param the field of the request that is wrong
/// @param code for programs
record ApiError(String message, String type, Optional<String> param, Optional<String> code) {
    static final String INVALID_REQUEST = "invalid_request_error";
    static final String SERVER = "server_error";

    private record Body(ApiError error) {}

    /// On one line, as OpenAI wraps it.
    String json() {
        return Json.line(new Body(this));
    }
}
