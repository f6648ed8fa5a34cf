package nanochat.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What changed is said; what did not keeps nobody from going on.
class FingerprintsTest {
    @TempDir
    Path folder;

    private static FileDocuments source(Path path) {
        return new FileDocuments(List.of(path), TextSplit.BLANK_LINES);
    }

    @Test
    void oneByteOfATextFileOfTheSameLengthIsNoticedAndTheFileIsNamed() throws IOException {
        Files.writeString(folder.resolve("a.txt"), "one\n\ntwo");
        Path changed = Files.writeString(folder.resolve("b.txt"), "three\n\nfour");
        String before = source(folder).fingerprint();
        Files.writeString(changed, "three\n\nFour");
        assertThatThrownBy(() -> Fingerprints.check("data was", before, source(folder).fingerprint())).isInstanceOf(
                BadInputException.class).hasMessageMatching("Cannot resume: the data was '2 files, 19 bytes, .*' when the checkpoint was"
                        + " written, and now '.*': what changed is 'b.txt [0-9a-f]{8}' before, 'b.txt [0-9a-f]{8}' now\\. Resume with the"
                        + " data it was written with, or begin a new run\\.");
        Files.writeString(changed, "three\n\nfour");
        assertThatCode(() -> Fingerprints.check("data was", before, source(folder).fingerprint())).doesNotThrowAnyException();
    }

    @Test
    void ofALargeFileBeginningMiddleAndEndCount() throws IOException {
        Path large = Files.write(folder.resolve("a.txt"), new String(new char[6_000_000]).replace('\0', 'x').getBytes());
        List<String> fingerprints = new ArrayList<>(List.of(source(large).fingerprint()));
        for (long at : List.of(0L, 3_000_000L, 5_999_999L)) {
            try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
                file.seek(at - at % 95_000);
                file.write("y".repeat(10_000).getBytes());
            }
            fingerprints.add(source(large).fingerprint());
        }
        assertThat(fingerprints).doesNotHaveDuplicates();
    }

    @Test
    void manyFilesHaveOneChecksum() throws IOException {
        for (int i = 0; i < 40; i++) {
            Files.writeString(folder.resolve("a" + i + ".txt"), "text " + i);
        }
        String before = source(folder).fingerprint();
        assertThat(before).hasSizeLessThan(100).contains(" + content ");
        Files.writeString(folder.resolve("a7.txt"), "TEXT 7");
        assertThat(source(folder).fingerprint()).isNotEqualTo(before).startsWith(source(folder).fingerprintOfSizes());
    }

    @Test
    void aFingerprintWithoutContentLeavesThatOpen() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "some text");
        FileDocuments source = source(file);
        Fingerprints.check("data was", source.fingerprintOfSizes(), source.fingerprint());
        String before = source.fingerprintOfSizes();
        Files.writeString(file, "some more text");
        assertThatThrownBy(() -> Fingerprints.check("data was", before, source(file).fingerprint()))
                .isInstanceOf(BadInputException.class);
    }

    @Test
    void aRunStoppedByABadDocumentBehindWhichItHasReadNeedsOnlyTheSameLength() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "some text\n\nmore text");
        FileDocuments source = source(file);
        LoaderState further = new LoaderState(source.fingerprint(), Packing.BESTFIT, Share.WHOLE, 1, new DocumentPosition(0, 11, 1), List
                .of(), List.of(), 0, 0);
        LoaderState stopped = further.stoppedAt(source, new DocumentPosition(0, 0, 0));
        assertThat(stopped.stoppedAt()).isEqualTo(Optional.empty());
        Files.writeString(file, "SOME TEXT\n\nmore text");
        Fingerprints.check("data was", stopped.source(), source(file).fingerprint());
        Files.writeString(file, "SOME TEXT, longer\n\nmore text");
        String longer = source(file).fingerprint();
        assertThatThrownBy(() -> Fingerprints.check("data was", stopped.source(), longer)).isInstanceOf(BadInputException.class);
    }

    @Test
    void theBuiltInCorpusHasAVersionByContent() {
        assertThat(new BuiltInDocuments(0).fingerprint()).matches("builtin, seed 0, content [0-9a-f]{8}")
                .isEqualTo(new BuiltInDocuments(0).fingerprint()).isNotEqualTo(new BuiltInDocuments(1).fingerprint());
    }
}
