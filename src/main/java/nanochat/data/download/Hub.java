package nanochat.data.download;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import nanochat.io.BadInputException;

/// Addresses on the Hugging Face Hub, or on a server that mirrors its paths.
///
/// @param server scheme, host and port, perhaps a path before the Hub's own ones
record Hub(URI server) {
    static final String HOST = "huggingface.co";

    Hub {
        String scheme = String.valueOf(server.getScheme()).toLowerCase(Locale.ROOT);
        if (!(scheme.equals("https") || scheme.equals("http")) || server.getHost() == null || server.getQuery() != null
                || server.getFragment() != null) {
            throw new BadInputException("--base-url must be an address such as https://" + HOST + ", not '" + server + "'");
        }
    }

    /// A file of a dataset repository.
    ///
    /// @param repository `owner/name`
    URI file(String repository, String path) {
        return under("/datasets/" + repository + "/resolve/main/" + path);
    }

    /// The list of the Parquet files of one split of a dataset: a JSON array of addresses.
    ///
    /// (https://huggingface.co/docs/dataset-viewer/parquet, "Using the Hub API")
    URI parquetListing(String repository, String config, String split) {
        return under("/api/datasets/" + repository + "/parquet/" + config + "/" + split);
    }

    /// Where to fetch what a listing names: a mirror's listing may name the Hub.
    URI onThisServer(String listed) {
        URI address;
        try {
            address = new URI(listed);
        } catch (URISyntaxException e) {
            throw new BadInputException("The listing of " + server + " names '" + listed + "', which is not an address", e);
        }
        if (HOST.equalsIgnoreCase(address.getHost())) {
            return under(address.getRawPath());
        }
        if (!HttpSource.mayFollow(server, address)) {
            throw new BadInputException("The listing of " + server + " names '" + listed + "', which is not as safe an address");
        }
        return address;
    }

    private URI under(String path) {
        return under(server, path);
    }

    /// `path` on a server.
    static URI under(URI server, String path) {
        return URI.create(server.toString().replaceAll("/+$", "") + path);
    }
}
