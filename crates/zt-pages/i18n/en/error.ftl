error-status = Status
error-onward = Go to the portal

error-title-400 = That request could not be read
error-text-400 = What was sent does not make sense here. Go back to the previous page and try again.
error-title-403 = This action was not carried out
error-text-403 = We could not confirm that it came from a page of this site. Open the page again and retry.
error-title-404 = Page not found
error-text-404 = The address may be mistyped, or the page no longer exists.
error-title-421 = Wrong connection
error-text-421 = Your browser used a connection made for another site. Reload the page and it will connect properly.
error-title-429 = Too many attempts
error-text-429 = Please wait a while, then try again.
error-title-500 = Something went wrong on our side
error-text-500 = You did nothing wrong. If it keeps happening, give your administrator the reference below.
error-title-503 = Not available right now
error-text-503 = The system behind this page is down or very busy. Please reload in a moment.
