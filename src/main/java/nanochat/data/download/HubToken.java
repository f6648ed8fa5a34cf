package nanochat.data.download;

import java.net.URI;
import java.util.Optional;
import nanochat.io.BadInputException;

/// The Hugging Face access token of the environment variable `HF_TOKEN`, for data that is not open to everyone. Only the Hub itself ever
/// sees it, and only encrypted: no mirror, and none of the servers that the Hub redirects to.
///
/// @param token empty where none is set
record HubToken(Optional<String> token) {
    private static final String VARIABLE = "HF_TOKEN";
    private static final int HTTPS_PORT = 443;

    HubToken {
        if (token.isPresent() && !token.get().chars().allMatch(character -> character > ' ' && character < 127)) {
            throw new BadInputException(VARIABLE + " holds characters that no access token has; set it again");
        }
    }

    static HubToken fromEnvironment() {
        return new HubToken(Optional.ofNullable(System.getenv(VARIABLE)).map(String::strip).filter(text -> !text.isEmpty()));
    }

    /// The value of the header `Authorization` for a request to `address`.
    Optional<String> authorization(URI address) {
        boolean isHub = "https".equalsIgnoreCase(address.getScheme()) && Hub.HOST.equalsIgnoreCase(address.getHost())
                && (address.getPort() == -1 || address.getPort() == HTTPS_PORT);
        return isHub ? token.map(secret -> "Bearer " + secret) : Optional.empty();
    }

    /// Never the token.
    @Override
    public String toString() {
        return token.isPresent() ? "a token" : "no token";
    }
}
