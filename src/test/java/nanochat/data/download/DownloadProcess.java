package nanochat.data.download;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;

/// A program for tests that kill it: downloads shards of the first public dataset, with little patience. Its arguments are the base folder,
/// the server, the number of training shards and of bytes between
/// syncs; it prints how many files it fetched itself.
final class DownloadProcess {
    private DownloadProcess() {
    }

    public static void main(String[] arguments) {
        BaseDirectory base = new BaseDirectory(Path.of(arguments[0]));
        PublicDataset.Order order = new PublicDataset.Order(Integer.parseInt(arguments[2]), 2, Optional.of(URI.create(arguments[1])));
        DownloadSettings settings = new DownloadSettings(Duration.ofSeconds(5), 100, Duration.ofMillis(10), Duration.ofMillis(100),
                Duration.ofMillis(10), Long.parseLong(arguments[3]));
        try (Downloader downloader = new Downloader(base.root(), order.workers(), settings, new HubToken(Optional.empty()), Thread::sleep,
                11)) {
            System.out.println(PublicDataset.CLIMBMIX.download(order, base, downloader).downloaded());
        } catch (BadInputException e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }
}
