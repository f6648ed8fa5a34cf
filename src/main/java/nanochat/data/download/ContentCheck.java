package nanochat.data.download;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import nanochat.data.parquet.ParquetFile;
import nanochat.io.BadInputException;
import nanochat.io.Json;

/// What a complete file must look like before it gets its final name: a check that needs no word of the server.
enum ContentCheck {
    /// Begins and ends as the format says, with a readable footer that describes no bytes outside the file.
    PARQUET {
        @Override
        void check(Path file) throws IOException {
            try (InputStream in = Files.newInputStream(file)) {
                if (!new String(in.readNBytes(4), StandardCharsets.ISO_8859_1).equals("PAR1")) {
                    throw new BadInputException("what arrived is not a Parquet file");
                }
            }
            try (ParquetFile parquet = new ParquetFile(file)) {
                if (parquet.rows() == 0) {
                    throw new BadInputException("what arrived is a Parquet file without rows");
                }
            }
        }
    },
    /// A ZIP archive in which every file has its checksum.
    ZIP {
        @Override
        void check(Path file) throws IOException {
            EvalBundle.archive(file).check();
        }
    },
    /// A JSON array of addresses, at least one.
    LISTING {
        @Override
        void check(Path file) throws IOException {
            if (Files.size(file) > MOST_LISTING_BYTES || Json.read(file, String[].class).length == 0) {
                throw new BadInputException("what arrived is not a list of files");
            }
        }
    };

    private static final long MOST_LISTING_BYTES = 1 << 20;

    /// Reads `file`.
    ///
    /// @throws BadInputException when it is not what it should be
    /// @throws IOException likewise
    abstract void check(Path file) throws IOException;
}
