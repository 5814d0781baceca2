"""A post as it stands inside of another. Pure."""

from dataclasses import dataclass

from fedinet.actors.model import Actor
from fedinet.posts.articles import Article, article_of
from fedinet.posts.model import Post
from fedinet.posts.shown import ShownFile, shown_files


@dataclass(frozen=True, slots=True)
class Quoted:
    """A post inside of another, and who wrote it. What it quotes in turn is not shown."""

    post: Post
    author: Actor
    warning: str = ""
    """The reader's own filter that folds it; one that leaves posts out folds it, too."""
    blurs: bool = False
    """A filter of the reader's folds its pictures."""

    @property
    def path(self) -> str:
        return f"/@{self.author.handle}/{self.post.id}"

    @property
    def files(self) -> tuple[ShownFile, ...]:
        return shown_files(self.post)

    @property
    def article(self) -> Article | None:
        return article_of(self.post, folded=self.blurs)
