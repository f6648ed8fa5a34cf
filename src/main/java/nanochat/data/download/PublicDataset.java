package nanochat.data.download;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nanochat.io.BaseDirectory;

/// What `nanochat data download` can fetch.
public enum PublicDataset {
    /// Documents to pretrain on.
    CLIMBMIX,
    /// Documents to pretrain on, the older set.
    FINEWEB_EDU,
    /// Questions and conversations: SmolTalk, MMLU, GSM8K, ARC, HumanEval.
    TASKS,
    /// The files of the CORE evaluation.
    CORE;

    /// What to fetch, and how.
    ///
    /// @param shards training shards of a pretraining set, -1 for all
    /// @param workers files at a time
    /// @param server another server with the same paths, instead of the dataset's own
    public record Order(int shards, int workers, Optional<URI> server) {}

    /// Fetches what is missing of this set. Interrupted in any way, it goes on where it stopped when called again; several processes may
    /// call it at once.
    ///
    /// @throws nanochat.io.BadInputException when the network, a server or the disk makes it impossible; the message says how to go on
    public DownloadResult download(Order order, BaseDirectory base) {
        try (Downloader downloader = new Downloader(base.root(), order.workers())) {
            return download(order, base, downloader);
        }
    }

    DownloadResult download(Order order, BaseDirectory base, Downloader downloader) {
        return switch (this) {
            case CLIMBMIX -> shards(ShardedDataset.CLIMBMIX, order, base, downloader);
            case FINEWEB_EDU -> shards(ShardedDataset.FINEWEB_EDU, order, base, downloader);
            case TASKS -> tasks(hub(order), base, downloader);
            case CORE -> EvalBundle.install(downloader, base, order.server().orElse(EvalBundle.SERVER));
        };
    }

    private static Hub hub(Order order) {
        return new Hub(order.server().orElse(URI.create("https://" + Hub.HOST)));
    }

    private static DownloadResult shards(ShardedDataset dataset, Order order, BaseDirectory base, Downloader downloader) {
        return downloader.fetch(dataset.toString(), dataset.files(order.shards(), base, hub(order)));
    }

    private static DownloadResult tasks(Hub hub, BaseDirectory base, Downloader downloader) {
        List<TaskFiles> sets = Arrays.asList(TaskFiles.values());
        DownloadResult listings = downloader.fetch("task lists", sets.stream().map(set -> set.remoteListing(base, hub)).toList());
        return listings.plus(downloader.fetch("tasks", sets.stream().flatMap(set -> set.remoteFiles(base, hub).stream()).toList()));
    }

    /// As the user writes it.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
