package nanochat.data.download;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// A ZIP archive from the internet, unpacked with distrust: no file lands outside the folder, none is written twice, and an archive that
/// unpacks to more than it may is given up on the way, whatever sizes it claims.
///
/// @param path of the archive
/// @param mostBytes that all its files may have together
/// @param mostEntries that it may have
record ZipArchive(Path path, long mostBytes, int mostEntries) {
    private static final int BUFFER_BYTES = 1 << 16;

    /// Where the bytes of a file go.
    private interface Sink {
        OutputStream open(String name) throws IOException;
    }

    /// Reads every file and compares its checksum; writes nothing.
    void check() throws IOException {
        copy(_ -> OutputStream.nullOutputStream());
    }

    /// Unpacks into `folder`, which must be new. Every file is on the disk when this returns.
    void unpack(Path folder) throws IOException {
        copy(name -> {
            Path file = inside(folder, name);
            Files.createDirectories(file.getParent());
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES) {
                @Override
                public void close() throws IOException {
                    try (channel) {
                        flush();
                        channel.force(true);
                    }
                }
            };
        });
    }

    private void copy(Sink sink) throws IOException {
        try (ZipFile zip = new ZipFile(path.toFile())) {
            if (zip.size() == 0 || zip.size() > mostEntries) {
                throw new ZipException("the archive has " + zip.size() + " entries, where 1 to " + mostEntries + " are expected");
            }
            long bytes = 0;
            for (ZipEntry entry : Collections.list(zip.entries())) {
                inside(Path.of("folder"), entry.getName());
                if (!entry.isDirectory()) {
                    bytes += copy(zip, entry, sink, mostBytes - bytes);
                }
            }
        }
    }

    private long copy(ZipFile zip, ZipEntry entry, Sink sink, long room) throws IOException {
        CRC32 checksum = new CRC32();
        long bytes = 0;
        try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), checksum); OutputStream out = sink.open(entry.getName())) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                bytes += read;
                if (bytes > room) {
                    throw new ZipException("the archive holds more than " + mostBytes + " bytes");
                }
                out.write(buffer, 0, read);
            }
        }
        if (checksum.getValue() != entry.getCrc()) {
            throw new ZipException("the file " + entry.getName() + " in the archive is damaged: its checksum is wrong");
        }
        return bytes;
    }

    private static Path inside(Path folder, String name) throws ZipException {
        try {
            Path file = folder.resolve(name).normalize();
            if (name.contains("\\") || !file.startsWith(folder.normalize()) || Path.of(name).isAbsolute()) {
                throw new ZipException("the archive names a file outside its folder: '" + name + "'");
            }
            return file;
        } catch (InvalidPathException e) {
            throw new ZipException("the archive names a file that cannot be: '" + name + "'");
        }
    }
}
