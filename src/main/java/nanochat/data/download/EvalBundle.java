package nanochat.data.download;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;

/// The files of the CORE evaluation: an archive that is fetched, unpacked beside its final place, and moved there whole.
final class EvalBundle {
    static final URI SERVER = URI.create("https://karpathy-public.s3.us-west-2.amazonaws.com");
    private static final String ARCHIVE = "eval_bundle.zip";
    /// The folder in the archive.
    private static final String FOLDER = "eval_bundle";
    private static final String DESCRIPTION = "core.yaml";
    private static final long MOST_BYTES = 4L << 30;
    private static final int MOST_ENTRIES = 10_000;

    private EvalBundle() {
    }

    /// With limits far above what the public archive holds.
    static ZipArchive archive(Path zip) {
        return new ZipArchive(zip, MOST_BYTES, MOST_ENTRIES);
    }

    /// Fetches and unpacks the bundle, unless its folder is there; one process at a time.
    static DownloadResult install(Downloader downloader, BaseDirectory base, URI server) {
        return downloader.exclusively(base.evalBundle(), () -> {
            if (Files.exists(base.evalBundle())) {
                return new DownloadResult(1, 0, 0, 0);
            }
            Path zip = base.root().resolve(ARCHIVE);
            DownloadResult result = downloader.fetch("CORE", List.of(new RemoteFile(Hub.under(server, "/" + ARCHIVE), zip,
                    ContentCheck.ZIP)));
            try {
                unpack(zip, base);
                Files.delete(zip);
            } catch (IOException e) {
                throw new BadInputException("Cannot unpack " + zip + ": " + e.getMessage()
                        + ". Check the free space; if the archive itself is wrong, delete it and download it again.", e);
            }
            return result;
        });
    }

    private static void unpack(Path zip, BaseDirectory base) throws IOException {
        Path temporary = base.root().resolve(FOLDER + ".tmp");
        deleteAll(temporary); // what an earlier run may have left
        try {
            archive(zip).unpack(temporary);
            Path bundle = temporary.resolve(FOLDER);
            if (!Files.exists(bundle.resolve(DESCRIPTION))) {
                throw new IOException("it has no " + FOLDER + "/" + DESCRIPTION);
            }
            Files.move(bundle, base.evalBundle(), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            deleteAll(temporary);
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
