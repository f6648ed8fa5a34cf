package nanochat.serve;

import java.util.Optional;
import java.util.OptionalLong;

/// A request that is refused, and what its sender reads: an error in OpenAI's shape.
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient ApiError error;
    private final transient OptionalLong retryAfterSeconds;

    private ApiException(int status, ApiError error, OptionalLong retryAfterSeconds) {
        super(error.message());
        this.status = status;
        this.error = error;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /// @param field of the request that is wrong
    static ApiException invalid(String field, String message) {
        return new ApiException(400, new ApiError(message, ApiError.INVALID_REQUEST, Optional.of(field), Optional.empty()),
                OptionalLong.empty());
    }

    /// The request as a whole is wrong.
    static ApiException refused(int status, String code, String message) {
        return new ApiException(status, new ApiError(message, ApiError.INVALID_REQUEST, Optional.empty(), Optional.of(code)),
                OptionalLong.empty());
    }

    static ApiException noSuchModel(String asked, String served) {
        return new ApiException(404, new ApiError("The model '" + asked + "' does not exist here; this server has '" + served + "'.",
                ApiError.INVALID_REQUEST, Optional.of("model"), Optional.of("model_not_found")), OptionalLong.empty());
    }

    static ApiException busy(long retryAfterSeconds) {
        return new ApiException(429, new ApiError("Too many requests are waiting already. Try again in " + retryAfterSeconds + " s.",
                "rate_limit_error", Optional.empty(), Optional.of("rate_limit_exceeded")), OptionalLong.of(retryAfterSeconds));
    }

    static ApiException unavailable(String message) {
        return new ApiException(503, new ApiError(message, ApiError.SERVER, Optional.empty(), Optional.of("unavailable")),
                OptionalLong.of(1));
    }

    static ApiException internal() {
        return new ApiException(500, new ApiError("The server made an error.", ApiError.SERVER, Optional.empty(), Optional.empty()),
                OptionalLong.empty());
    }

    int status() {
        return status;
    }

    ApiError error() {
        return error;
    }

    OptionalLong retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
