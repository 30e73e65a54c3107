"""The frontier: which pages to visit, in what order and how politely. Everything that touches Scrapy."""
